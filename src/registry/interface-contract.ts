import { TaskerError } from '../core/errors.js';
import { nearest } from '../core/suggest.js';

/** The methods that every entry of a registry must have. */
export interface InterfaceContract<Entry> {
  /** What messages call an entry, e.g. `Handler`. */
  readonly what: string;
  readonly required: readonly string[];
  /** At least one of these, where there are any. @default none */
  readonly oneOf?: readonly string[];
  /** The object that must have the methods. */
  implementation(entry: Entry): unknown;
  /** What to do where methods are missing. */
  suggestion(key: string, missing: readonly string[]): string;
}

/** Thrown where what is registered lacks a method that will be called. */
export class ValidationError extends TaskerError {
  /** @param nearest - by missing method, the one that it has under nearly that name */
  constructor(
    what: string,
    readonly className: string,
    readonly missing: readonly string[],
    readonly required: readonly string[],
    readonly suggestion: string,
    readonly nearest: Readonly<Record<string, string>>,
  ) {
    const methods = `method${missing.length > 1 ? 's' : ''} ${missing.map((name) => `'${name}'`).join(', ')}`;
    const lack =
      missing.length > 0
        ? `does not implement required ${methods}. Required methods`
        : 'implements none of what it needs one of';
    const near = Object.entries(nearest).map(([name, found]) => ` Did you mean '${name}' where it says '${found}'?`);
    super(
      'handler_invalid',
      `${what} validation failed: ${className} ${lack}: [${required.join(', ')}]. Suggestion: ${suggestion}${near.join('')}`,
      missing.map((name) => ({ path: `${className}.${name}`, message: 'is required and not implemented' })),
    );
  }
}

/** What an entry lacks of the contract; null where it lacks nothing. */
export function violation<Entry>(
  contract: InterfaceContract<Entry>,
  key: string,
  entry: Entry,
): ValidationError | null {
  const implementation = contract.implementation(entry);
  const { required, oneOf = [] } = contract;
  const missing = required.filter((name) => !hasMethod(implementation, name));
  const hasOne = oneOf.length === 0 || oneOf.some((name) => hasMethod(implementation, name));
  if (missing.length === 0 && hasOne) return null;
  const wanted = hasOne ? missing : oneOf;
  const others = methodsOf(implementation).filter((name) => ![...required, ...oneOf].includes(name));
  const near = wanted.flatMap((name) => {
    const found = nearest(name, others);
    return found === null ? [] : [[name, found] as const];
  });
  return new ValidationError(
    contract.what,
    classNameOf(implementation),
    missing,
    missing.length > 0 ? required : oneOf,
    contract.suggestion(key, missing),
    Object.fromEntries(near),
  );
}

const hasMethod = (implementation: unknown, name: string): boolean =>
  typeof (implementation as Record<string, unknown> | null | undefined)?.[name] === 'function';

export const classNameOf = (value: unknown): string =>
  (value as { constructor?: { name?: string } } | null | undefined)?.constructor?.name || String(value);

/** Names of an object's methods, those of its classes included; no getter is called. */
function methodsOf(value: unknown): string[] {
  const found = new Set<string>();
  for (let at: unknown = value; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof member === 'function' && name !== 'constructor') found.add(name);
  }
  return [...found];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
