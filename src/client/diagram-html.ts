import { STEP_STATES } from '../core/states.js';
import type { Diagram } from './diagram.js';
import { diagramSvg, escaped } from './diagram-svg.js';
import { STATE_COLOURS } from './state-colours.js';

/** The diagram as a page of its own: nothing is loaded, and nothing runs in it. */
export function diagramHtml(diagram: Diagram, title: string): string {
  const counts = STEP_STATES.flatMap((state) => {
    const count = diagram.nodes.filter(({ status }) => status === state).length;
    return count > 0 ? [{ state, count }] : [];
  });
  const legend = counts.map(({ state, count }) => {
    const { fill, stroke, text } = STATE_COLOURS[state];
    return `<li style="background:${fill};border-color:${stroke};color:${text}">${state} ${count}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { margin: 1.5rem; font-family: ui-sans-serif, system-ui, sans-serif; color: #111827; background: #fff; }
h1 { font-size: 1.1rem; }
ul { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; list-style: none; }
li { padding: 0.15rem 0.6rem; border: 1px solid; border-radius: 6px; font-size: 0.85rem; }
figure { margin: 0; overflow: auto; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<ul>${legend.join('')}</ul>
<figure>${diagramSvg(diagram)}</figure>
</body>
</html>
`;
}
