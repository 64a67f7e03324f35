import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DISTRIBUTION_SUFFIXES, FIGURES, type FigureInfo } from '../../src/core/alerts/figures.js';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'alerts.md'), 'utf8');

/** The table of figures as the page has it: durations once, with their endings. */
function table(): string {
  const endings = DISTRIBUTION_SUFFIXES.map((suffix) => `_${suffix}`);
  const isForm = (name: string): boolean =>
    endings.some((ending) => name.endsWith(ending) && Object.hasOwn(FIGURES, name.slice(0, -ending.length)));
  const rows = (Object.entries(FIGURES) as [string, FigureInfo][])
    .filter(([name]) => !isForm(name))
    .map(([name, { subject, unit, description }]) => {
      const hasForms = Object.hasOwn(FIGURES, `${name}_p95`);
      const named = hasForms ? `\`${name}\`, ${endings.map((ending) => `\`${ending}\``).join(' ')}` : `\`${name}\``;
      return [named, subject, unit, description];
    });
  const all = [['figure', 'of', 'unit', 'what'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`;
  return [line(all[0]!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...all.slice(1).map(line)].join(
    '\n',
  );
}

describe('docs/alerts.md', () => {
  it('has every figure, with its unit and what it is of', () => {
    expect(page).toContain(`-->\n\n${table()}\n`);
  });
});
