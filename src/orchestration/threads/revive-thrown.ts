import type { Thrown } from './thread-messages.js';

/** What a thread threw, as a handler of this thread would have thrown it: the same class names, fields and stack. */
export function reviveThrown(thrown: Thrown): unknown {
  if (!('error' in thrown)) return thrown.value;
  const { name, message, stack, classes, fields } = thrown.error;
  const error = new Error(message);
  let prototype: object = Error.prototype;
  for (const className of [...classes].reverse()) {
    prototype = Object.create(prototype, { constructor: { value: { name: className } } }) as object;
  }
  Object.setPrototypeOf(error, prototype);
  Object.defineProperty(error, 'name', { value: name, configurable: true });
  return Object.assign(error, fields, { stack });
}
