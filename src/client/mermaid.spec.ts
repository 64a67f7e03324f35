import type { Diagram } from './diagram.js';
import { mermaid } from './mermaid.js';

const DIAGRAM: Diagram = {
  nodes: [
    { id: 'x-1', name: 'fetch', status: 'complete', level: 0 },
    { id: 'x-2', name: 'end"]; click <b>', status: 'error', level: 1 },
  ],
  edges: [{ from: 'x-1', to: 'x-2' }],
};

describe('mermaid', () => {
  it('writes nodes, edges and a colour for each state that occurs', () => {
    const text = mermaid(DIAGRAM);
    expect(text).toMatch(/^graph TD\n {2}s0\["fetch<br\/>complete"\]:::complete\n/);
    expect(text).toContain('\n  s0 --> s1\n');
    expect(text).toMatch(/classDef complete fill:#\w{6},stroke:#\w{6},color:#\w{6}/);
    expect(text).not.toContain('classDef ready');
  });

  it('escapes whatever a name could break out of its label with', () => {
    expect(mermaid(DIAGRAM)).toContain('s1["end#34;#93;#59; click #60;b#62;<br/>error"]:::error');
  });
});
