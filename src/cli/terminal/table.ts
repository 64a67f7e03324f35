import { inColour, painted, printable, type Span } from './style.js';

export interface Column<Row> {
  title: string;
  value: (row: Row) => Span | string | number | null;
  /** Numbers stand under each other by their last digit. */
  right?: boolean;
}

/** Rows under headings, as wide as their contents. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], colours = inColour()): string {
  const heading = columns.map(({ title }): Span => ({ text: title.toUpperCase(), style: 'bold' }));
  const body = rows.map((row) => columns.map(({ value }) => spanOf(value(row))));
  const widths = columns.map((_, n) => Math.max(...[heading, ...body].map((cells) => lengthOf(cells[n]!))));
  const line = (cells: Span[]): string => {
    const spans = cells.flatMap((cell, n): Span[] => {
      const padding: Span = { text: ' '.repeat(widths[n]! - lengthOf(cell)) };
      const gap: Span[] = n === 0 ? [] : [{ text: '  ' }];
      if (columns[n]!.right) return [...gap, padding, cell];
      return n === columns.length - 1 ? [...gap, cell] : [...gap, cell, padding];
    });
    return `${painted(spans, colours).trimEnd()}\n`;
  };
  return [heading, ...body].map(line).join('');
}

/** Names and values under each other; what has no value is left out. */
export function properties(entries: Record<string, Span | string | number | null>, colours = inColour()): string {
  const given = Object.entries(entries).filter(([, value]) => value !== null && value !== '');
  const width = Math.max(...given.map(([name]) => name.length));
  return given
    .map(([name, value]) => {
      const spans: Span[] = [{ text: name.padEnd(width + 2), style: 'dim' }, spanOf(value)];
      return `${painted(spans, colours)}\n`;
    })
    .join('');
}

function spanOf(value: Span | string | number | null): Span {
  if (value === null) return { text: '' };
  if (typeof value === 'object') return { ...value, text: printable(value.text) };
  return { text: printable(String(value)) };
}

const lengthOf = ({ text }: Span): number => [...text].length;
