/** Gives out names of types: each once, and the same for the same order of asking. */
export class TypeNames {
  private readonly taken: Set<string>;

  /** @param reserved - names that are not to be given */
  constructor(reserved: readonly string[] = []) {
    this.taken = new Set(reserved);
  }

  /** @param parts - any texts: `order-items` and `V1.0` make `OrderItemsV10` */
  give(...parts: string[]): string {
    const wanted = parts.map(pascal).join('') || 'Unnamed';
    const name = /^\p{ID_Start}/u.test(wanted) ? wanted : `T${wanted}`;
    let free = name;
    for (let n = 2; this.taken.has(free); n++) free = `${name}${n}`;
    this.taken.add(free);
    return free;
  }
}

const pascal = (text: string): string =>
  (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');

/** A key as TypeScript writes it. */
export const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : literal(key));

/** A string as TypeScript writes it. */
export const literal = (text: string): string =>
  `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`)}'`;

/** A text in a comment, which it cannot end. */
export const comment = (text: string): string => `/** ${text.replace(/\s+/gu, ' ').trim().replaceAll('*/', '*\\/')} */`;

/** Names as a union of literals; `never` where there are none. */
export const union = (names: readonly string[]): string =>
  names.length === 0 ? 'never' : [...names].sort(byCode).map(literal).join(' | ');

/** The same order on every machine. */
export const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
