import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** A piece of a line, and how it looks where there are colours. */
export interface Span {
  text: string;
  style?: Style;
}

/** Whether colours reach a person, who has not asked for none (no-color.org). */
export const inColour = (stream: NodeJS.WriteStream = process.stdout): boolean =>
  stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** The spans as one text, with escape codes only where colours are wanted. */
export const painted = (spans: readonly Span[], colours: boolean): string =>
  spans
    .map(({ text, style }) => (colours && style ? styleText(style, text, { validateStream: false }) : text))
    .join('');

/** Spans cut to so many characters, with an ellipsis where something is left out. */
export function cut(spans: readonly Span[], width: number): Span[] {
  const kept: Span[] = [];
  let left = width;
  for (const span of spans) {
    const letters = [...span.text];
    if (letters.length <= left) {
      kept.push(span);
      left -= letters.length;
      continue;
    }
    const last = left > 0 ? { ...span, text: `${letters.slice(0, left - 1).join('')}…` } : null;
    const end = kept.at(-1);
    if (last) kept.push(last);
    else if (end) kept.splice(-1, 1, { ...end, text: `${[...end.text].slice(0, -1).join('')}…` });
    break;
  }
  return kept;
}

/** Text of others as it may be shown: it cannot move the cursor or colour the screen. */
export const printable = (text: string): string => text.replace(/\s+/gu, ' ').replace(/\p{Cc}/gu, '\uFFFD');
