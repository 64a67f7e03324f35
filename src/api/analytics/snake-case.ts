/** A distribution's unit stands in its name over HTTP. */
const RENAMED = { duration: 'duration_seconds', wait: 'wait_seconds' } as const;

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;
type KeyOf<Name> = Name extends keyof typeof RENAMED
  ? (typeof RENAMED)[Name]
  : Name extends string
    ? Snake<Name>
    : Name;

/** The same with snake_case names and times as ISO 8601. */
export type SnakeCased<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? SnakeCased<Item>[]
    : T extends object
      ? { [Key in keyof T as KeyOf<Key>]: SnakeCased<T[Key]> }
      : T;

export function snakeCased<T>(value: T): SnakeCased<T> {
  return converted(value) as SnakeCased<T>;
}

function converted(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [keyOf(key), converted(inner)]));
}

const keyOf = (name: string): string =>
  Object.hasOwn(RENAMED, name)
    ? RENAMED[name as keyof typeof RENAMED]
    : name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
