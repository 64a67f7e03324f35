// What a handler threw, in a form that can be sent to the main thread.
/* global structuredClone */
'use strict';
const { types } = require('node:util');

const FIELDS = ['errorCode', 'code', 'errorCategory', 'retryable', 'context', 'retryAfter'];
const DEEPEST_CLASS = 20;

/** As the package's own: the package is not loaded here. */
class PermanentError extends Error {
  /**
   * @param {string} message
   * @param {string} errorCode
   * @param {string} errorCategory
   */
  constructor(message, errorCode, errorCategory) {
    super(message);
    this.name = 'PermanentError';
    this.retryable = false;
    this.errorCode = errorCode;
    this.errorCategory = errorCategory;
  }
}

/**
 * @param {unknown} thrown
 * @returns {import('./thread-messages.js').Thrown}
 */
function describeThrown(thrown) {
  if (!types.isNativeError(thrown) && !(thrown instanceof Error)) return { value: sendable(thrown) };
  const { name, message, stack, cause } = /** @type {Error & { cause?: any }} */ (thrown);
  /** @type {Record<string, unknown>} */
  const fields = {};
  for (const field of FIELDS) {
    const value = /** @type {any} */ (thrown)[field];
    if (value !== undefined) fields[field] = sendable(value);
  }
  if (typeof cause?.code === 'string') fields.cause = { code: cause.code };
  return { error: { name: String(name), message: String(message), stack, classes: classesOf(thrown), fields } };
}

/**
 * Names of the error's class and of those that it extends, below Error itself.
 *
 * @param {object} thrown
 */
function classesOf(thrown) {
  const names = [];
  let prototype = Object.getPrototypeOf(thrown);
  while (prototype && prototype !== Error.prototype && names.length < DEEPEST_CLASS) {
    names.push(String(prototype.constructor?.name));
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

/** @param {unknown} value */
function sendable(value) {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

module.exports = { PermanentError, describeThrown };
