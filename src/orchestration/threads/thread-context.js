// A handler's view of its attempt, in a thread of the pool. What needs the main thread is asked of it over a port.
/* global AbortController */
'use strict';
const { loggerOver } = require('./thread-logger.js');
const { PermanentError } = require('./thrown.js');

/** @typedef {import('./thread-messages.js').StepFacts} StepFacts */

/**
 * @param {StepFacts} facts
 * @param {import('node:worker_threads').MessagePort} port
 * @returns {{ context: any, close: () => void }} a StepContext
 */
function threadContext(facts, port) {
  const controller = new AbortController();
  /** @type {Map<number, { resolve: () => void, reject: (error: Error) => void }>} */
  const asked = new Map();
  let heartbeats = 0;
  port.on('message', (message) => {
    if (message.kind === 'abort') controller.abort(errorOf(message.reason));
    else answer(asked, message);
  });
  const context = {
    task: facts.task,
    step: facts.step,
    config: facts.config,
    sequence: sequenceOf(facts),
    signal: controller.signal,
    logger: loggerOver(port),
    /** @type {() => Promise<void>} */
    heartbeat: () =>
      new Promise((resolve, reject) => {
        const id = ++heartbeats;
        asked.set(id, { resolve, reject });
        port.postMessage({ kind: 'heartbeat', id });
      }),
    publish: (/** @type {string} */ event, /** @type {unknown} */ payload) =>
      port.postMessage({ kind: 'publish', event, payload }),
    metrics: {
      record: (/** @type {unknown} */ name, /** @type {unknown} */ value, /** @type {unknown} */ labels) =>
        port.postMessage({ kind: 'measure', name, value, labels }),
    },
    transaction: () => Promise.reject(noTransaction()),
  };
  return { context, close: () => port.close() };
}

/**
 * @param {Map<number, { resolve: () => void, reject: (error: Error) => void }>} asked
 * @param {{ id: number, error?: { name: string, message: string } }} message
 */
function answer(asked, { id, error }) {
  const one = asked.get(id);
  asked.delete(id);
  if (error) one?.reject(errorOf(error));
  else one?.resolve();
}

/** @param {StepFacts} facts */
function sequenceOf({ step, names, results }) {
  return {
    names,
    results: (/** @type {string} */ name) => {
      const json = Object.hasOwn(results, name) ? results[name] : undefined;
      if (json !== undefined) return JSON.parse(json);
      const ancestors = Object.keys(results);
      const known = ancestors.length > 0 ? ` It depends on ${ancestors.join(', ')}.` : '';
      throw new TypeError(`Step "${step.name}" does not depend on a step "${name}".${known}`);
    },
  };
}

/** @param {{ name: string, message: string, errorCode?: string }} reason */
const errorOf = ({ name, message, ...fields }) =>
  Object.assign(new Error(message), { ...fields, name, retryable: false });

const noTransaction = () =>
  new PermanentError(
    'transaction() is not there for a handler in a thread: its rows and the completion of its step are written by the ' +
      'main thread. Return the data, and write it in a step without isolation.',
    'THREAD_NO_TRANSACTION',
    'configuration',
  );

module.exports = { threadContext };
