import { DURATION_UNITS, secondsOf } from '../duration.js';
import { ConditionError } from './condition-error.js';

export type Operator = '||' | '&&' | '!' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/';
type Mark = '(' | ')' | '[' | ']' | ',';

/** A word of a condition. `text` is as written, `at` its first character, counted from 1. */
export type Token = { readonly at: number; readonly text: string } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly path: readonly string[] }
  | { readonly kind: 'operator'; readonly operator: Operator }
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'end' }
);

const SPACE = /\s+/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*/uy;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+(?![\p{L}\d]))?/iuy;
const UNIT = /%|[\p{L}_][\p{L}\p{N}_]*/uy;
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/suy;
const SYMBOL = /===|!==|=>|=<|<>|==|!=|<=|>=|&&|\|\||[-+*/=<>!()[\],&|]/y;

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...(['||', '&&', '!', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/'] as const).map(
    (each) => [each, each] as const,
  ),
  ['=', '=='],
]);

const WORDS: ReadonlyMap<string, Operator> = new Map([
  ['or', '||'],
  ['and', '&&'],
  ['not', '!'],
  ['in', 'in'],
]);

const VALUES: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** What people write for an operator, and what to write instead. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['===', '=='],
  ['!==', '!='],
  ['=>', '>='],
  ['=<', '<='],
  ['<>', '!='],
  ['&', '&&'],
  ['|', '||'],
]);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
]);

/**
 * The words of a condition, the last of which is its end.
 *
 * @throws ConditionError at the first character that begins none
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = match(SPACE, text, 0).length;
  while (offset < text.length) {
    const token = tokenAt(text, offset);
    tokens.push(token);
    offset += token.text.length;
    offset += match(SPACE, text, offset).length;
  }
  return [...tokens, { kind: 'end', at: text.length + 1, text: '' }];
}

function tokenAt(text: string, offset: number): Token {
  const at = offset + 1;
  const word = match(NAME, text, offset);
  if (word !== '') return wordOf(word, at);
  const number = match(NUMBER, text, offset);
  if (number !== '') return numberOf(number, match(UNIT, text, offset + number.length), at);
  const string = match(STRING, text, offset);
  if (string !== '') return { kind: 'literal', at, text: string, value: unescaped(string.slice(1, -1)) };
  const symbol = match(SYMBOL, text, offset);
  const operator = OPERATORS.get(symbol);
  if (operator !== undefined) return { kind: 'operator', at, text: symbol, operator };
  const meant = MEANT.get(symbol);
  if (meant !== undefined) throw new ConditionError(at, `"${symbol}" is no operator: write "${meant}"`);
  if (symbol !== '') return { kind: 'mark', at, text: symbol, mark: symbol as Mark };
  const character = String.fromCodePoint(text.codePointAt(offset)!);
  throw new ConditionError(
    at,
    character === '"' || character === "'"
      ? 'the text in quotes never ends: add the closing quote'
      : `${JSON.stringify(character)} has no meaning in a condition: remove it, or put text in quotes`,
  );
}

function wordOf(text: string, at: number): Token {
  const word = text.toLowerCase();
  const operator = WORDS.get(word);
  if (operator !== undefined) return { kind: 'operator', at, text, operator };
  const value = VALUES.get(word);
  if (value !== undefined) return { kind: 'literal', at, text, value };
  return { kind: 'name', at, text, path: text.split('.') };
}

function numberOf(digits: string, unit: string, at: number): Token {
  const text = digits + unit;
  const value = unit === '' ? Number(digits) : unit === '%' ? Number(digits) / 100 : secondsOf(text);
  if (value === null) {
    throw new ConditionError(at, `"${text}" is no number: a unit is % or one of ${DURATION_UNITS}`);
  }
  if (!Number.isFinite(value)) throw new ConditionError(at, `"${text}" is larger than any number`);
  return { kind: 'literal', at, text, value };
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gsu, (_all, character: string) => ESCAPES.get(character) ?? character);

function match(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}
