import { CST, Lexer } from 'yaml';

/** Tokens that may stand before the content of a block collection's item, each opening a collection of its own. */
const INDICATORS = new Set<string | null>(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);
/** Marks of the lexer that stand for no text. */
const MARKS = new Set<string | null>(['doc-mode', 'flow-error-end', 'scalar']);
const NEUTRAL = new Set<string | null>(['space', 'comment', 'anchor', 'tag', 'byte-order-mark']);

/**
 * Offset of the first token nested deeper than `limit`; null where there is none.
 * Asked before parsing: the parser calls itself for every level, and a file of ten thousand brackets would end the process.
 */
export function firstTooDeep(text: string, limit: number): number | null {
  const columns: number[] = [];
  let [offset, lineStart, flow, colons, leading, scalar] = [0, 0, 0, 0, true, false];
  for (const token of new Lexer().lex(text)) {
    const type = scalar ? null : CST.tokenType(token);
    scalar = type === 'scalar';
    if (type === 'newline') [lineStart, colons, leading] = [offset + token.length, 0, true];
    else if (type === 'doc-start' || type === 'doc-mode') [columns.length, flow] = [0, 0];
    else if (type === 'flow-error-end') flow = 0;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1);
    else if (!NEUTRAL.has(type)) {
      if (type === 'flow-map-start' || type === 'flow-seq-start') flow++;
      else if (flow === 0 && leading) enter(columns, offset - lineStart);
      else if (flow === 0 && type === 'map-value-ind') colons++;
      leading &&= INDICATORS.has(type) || scalar;
    }
    if (columns.length + flow + Math.max(0, colons - 1) > limit) return offset;
    if (!MARKS.has(type)) offset += token.length;
  }
  return null;
}

function enter(columns: number[], column: number): void {
  while (columns.length > 0 && columns[columns.length - 1]! >= column) columns.pop();
  columns.push(column);
}
