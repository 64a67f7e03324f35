import type { Json } from '../core/json.js';

/** Where something was written: the text of a finding's path, and a number to sort the findings of one source by. */
export interface Place {
  readonly text: string;
  readonly order: number;
}

/** A value as its author wrote it, with its place: what YAML and code become before anything is checked. */
export type Written = WrittenScalar | WrittenList | WrittenMap | Unreadable;

/** Text, a number, a boolean or nothing. */
export interface WrittenScalar {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: string | number | boolean | null;
}

/** Values in their order. */
export interface WrittenList {
  readonly kind: 'list';
  readonly at: Place;
  readonly items: readonly Written[];
}

/** Entries by key, in the order of writing. */
export interface WrittenMap {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, WrittenEntry>;
}

/** A value and the place of its key. */
export interface WrittenEntry {
  readonly keyAt: Place;
  readonly value: Written;
}

/** Already answered with a finding: whoever meets it says nothing more. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly at: Place;
}

/** Collections deeper than this are refused, because every reader of a tree calls itself. */
export const MAX_DEPTH = 100;

/** Values that one template may hold, each alias counted as all that it stands for. */
export const MAX_VALUES = 1_000_000;

const SHOWN_LENGTH = 60;

/** The plain value; what could not be read is null. */
export function toJson(written: Written): Json {
  switch (written.kind) {
    case 'scalar':
      return written.value;
    case 'list':
      return written.items.map(toJson);
    case 'map':
      return Object.fromEntries([...written.entries].map(([key, { value }]) => [key, toJson(value)]));
    case 'unreadable':
      return null;
  }
}

/** The value as a message shows it: as written, so that no resolved secret gets into a log. */
export function shown(written: Written): string {
  if (written.kind === 'list') return 'a list';
  if (written.kind === 'map') return 'a map';
  if (written.kind === 'unreadable' || written.value === null) return 'empty';
  return typeof written.value === 'string' ? quoted(written.value) : String(written.value);
}

/** Text in quotes, control characters escaped, cut where it is long. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);

/** The value at a JSON pointer, or the nearest that holds it. */
export function writtenAt(root: Written, pointer: string): Written {
  let found = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const inner =
      found.kind === 'map'
        ? found.entries.get(key)?.value
        : found.kind === 'list'
          ? found.items[Number(key)]
          : undefined;
    if (!inner) return found;
    found = inner;
  }
  return found;
}

/** Why a scalar cannot be stored as JSON in PostgreSQL; null where it can. */
export function unfit(value: string | number): string | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : `${value} is not a number that JSON knows: write a finite number`;
  }
  if (value.includes('\u0000')) return 'text must not contain the NUL character: remove it';
  return /\p{Surrogate}/u.test(value) ? 'text must not contain half a surrogate pair: remove it' : null;
}

const PLAIN_KEY = /^[\w-]+$/;

/** The path of a key inside the value at `path`: `context` and `a b` give `context["a b"]`. */
export const keyPath = (path: string, key: string): string =>
  !PLAIN_KEY.test(key) ? `${path}[${JSON.stringify(key)}]` : path === '' ? key : `${path}.${key}`;
