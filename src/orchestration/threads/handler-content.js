// Read by the main thread and by worker threads alike. Plain JavaScript: no loader of the main thread's stands there.
'use strict';
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

/**
 * What a handler is made of, each part as a SHA-256: two threads that answer the same hold the same handler.
 *
 * @typedef {{ class_name: string, source: string, file: string, config_schema: string }} HandlerContent
 */

/**
 * @param {Function} type - the handler's class
 * @param {string} module - the file that it was loaded from
 * @param {unknown} configSchema - its JSON Schema; null where it has none
 * @returns {HandlerContent}
 */
function contentOf(type, module, configSchema) {
  return {
    class_name: type.name,
    source: sha256(Function.prototype.toString.call(type)),
    file: sha256(readFileSync(module)),
    config_schema: sha256(JSON.stringify(configSchema ?? null)),
  };
}

/**
 * One hash over all of a registry's handlers, by their names.
 *
 * @param {readonly { name: string, content: HandlerContent }[]} handlers
 */
function registryHash(handlers) {
  const sorted = [...handlers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sha256(JSON.stringify(sorted.map(({ name, content }) => [name, ...Object.values(content)])));
}

/** @param {string | Buffer} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

module.exports = { contentOf, registryHash };
