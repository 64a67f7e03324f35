import { secretNames } from '../core/secret-names.js';

const MASK = '***';
/** A line is no dump: what goes beyond these is cut, and says so. */
const DEEPEST = 8;
const MOST_VALUES = 500;
const LONGEST_TEXT = 16_384;

/** `postgres://user:password@host`, up to the last @: passwords may hold any sign. */
const CREDENTIALS = /\b([a-z][a-z\d+.-]{0,30}:\/\/[^\s:@/]{0,128}):\S{1,512}@/gi;
const BEARER = /\b(Bearer)\s+[\w.~+/=-]{4,}/gi;
/** Before a value: `api_key=`, `"token": `, `Authorization: ` */
const NAME = /([\w.-]{2,80})\\*["']?\s{0,8}[=:]\s{0,8}/g;
const VALUE = /\\*"[^"]*"|'[^']*'|(?:(?:Bearer|Basic)\s+)?[^\s,;&"'})\]]+/y;

/** Makes what may stand in a log line of anything: plain JSON of a bounded size, without secrets. */
export class Loggable {
  private readonly isSecret: (name: string) => boolean;

  /** @param maskedFields - names, or parts of them, whose values are hidden besides the usual ones */
  constructor(maskedFields: readonly string[] = []) {
    this.isSecret = secretNames(maskedFields);
  }

  /** Hides credentials that stand in a text by the names, or the form, that give them away. */
  text(text: string): string {
    const cut =
      text.length > LONGEST_TEXT
        ? `${text.slice(0, LONGEST_TEXT)}… (${text.length - LONGEST_TEXT} characters more)`
        : text;
    return this.withoutNamed(cut.replace(CREDENTIALS, `$1:${MASK}@`)).replace(BEARER, `$1 ${MASK}`);
  }

  private withoutNamed(text: string): string {
    let shown = '';
    let from = 0;
    for (const { 0: before, 1: name, index } of text.matchAll(NAME)) {
      if (index < from || !this.isSecret(name!)) continue;
      VALUE.lastIndex = index + before.length;
      const value = VALUE.exec(text);
      if (value === null) continue;
      shown += text.slice(from, value.index) + MASK;
      from = VALUE.lastIndex;
    }
    return shown + text.slice(from);
  }

  /** @returns fields of the value, or of what it says of itself */
  fields(value: object): Record<string, unknown> {
    return new Walk(this.isSecret, (text) => this.text(text)).object(value, 0) as Record<string, unknown>;
  }

  /** As `err` of a line: class, message, stack, cause, and what else it carries. */
  error(error: Error): Record<string, unknown> {
    return new Walk(this.isSecret, (text) => this.text(text)).error(error, 0);
  }
}

class Walk {
  private left = MOST_VALUES;
  private readonly above: object[] = [];

  constructor(
    private readonly isSecret: (name: string) => boolean,
    private readonly text: (text: string) => string,
  ) {}

  error(error: Error, depth: number): Record<string, unknown> {
    const { name, message, stack, cause } = error;
    const type = name === 'Error' ? (error.constructor?.name ?? name) : name;
    const own = this.entries(
      Object.entries(error).filter(([key]) => !OF_ERRORS.has(key)),
      depth + 1,
    );
    return {
      type,
      message: this.text(String(message)),
      stack: this.text(String(stack)),
      ...own,
      ...(cause !== undefined && { cause: this.nested(error, () => this.value(cause, depth + 1)) }),
      ...(error instanceof AggregateError && {
        errors: this.nested(error, () => error.errors.slice(0, 5).map((one) => this.value(one, depth + 1))),
      }),
    };
  }

  object(value: object, depth: number): unknown {
    if (this.above.includes(value)) return '[circular]';
    if (depth > DEEPEST) return Array.isArray(value) ? '[list]' : '[object]';
    return this.nested(value, () => {
      if (Array.isArray(value)) return this.list(value, depth);
      if (value instanceof Map)
        return this.entries(
          [...value].map(([key, one]) => [String(key), one]),
          depth + 1,
        );
      if (value instanceof Set) return this.list([...value], depth);
      return this.entries(Object.entries(value), depth + 1);
    });
  }

  private value(value: unknown, depth: number): unknown {
    if (--this.left < 0) return '…';
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'object':
        return value === null ? null : this.compound(value, depth);
      case 'bigint':
      case 'symbol':
        return String(value);
      case 'function':
        return `[function ${value.name}]`;
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
    }
  }

  private compound(value: object, depth: number): unknown {
    if (value instanceof Error) return this.above.includes(value) ? '[circular]' : this.error(value, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const said: unknown = (toJSON as () => unknown).call(value);
      return said === value ? this.object(value, depth) : this.value(said, depth);
    }
    return this.object(value, depth);
  }

  private list(values: readonly unknown[], depth: number): unknown[] {
    const shown: unknown[] = [];
    for (const one of values) {
      if (this.left <= 0) return [...shown, `… (${values.length - shown.length} more)`];
      shown.push(this.value(one, depth + 1));
    }
    return shown;
  }

  private entries(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
    const shown: Record<string, unknown> = {};
    for (const [name, one] of entries) {
      if (this.left <= 0) break;
      if (typeof one !== 'function') shown[name] = this.isSecret(name) && one !== null ? MASK : this.value(one, depth);
    }
    return shown;
  }

  private nested<T>(value: object, show: () => T): T {
    this.above.push(value);
    try {
      return show();
    } finally {
      this.above.pop();
    }
  }
}

const OF_ERRORS = new Set(['name', 'message', 'stack', 'cause', 'errors']);
