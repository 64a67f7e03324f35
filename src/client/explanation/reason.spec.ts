import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REASON_KINDS, REASONS } from './reason.js';

describe('the kinds of reasons', () => {
  it('stand in the documentation as they are, in their order', () => {
    const docs = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
    const [, table] = docs.split(/^\| kind +\| moved by.*\n\|[- |]+\n/m);
    const rows = table!
      .split('\n\n')[0]!
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, 4),
      );
    expect(rows).toEqual(REASON_KINDS.map((kind) => [`\`${kind}\``, REASONS[kind].movedBy, REASONS[kind].meaning]));
  });
});
