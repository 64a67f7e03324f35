// In a thread of the pool, loggers of Nest's write through the main thread: what a step says carries its ids there.
'use strict';
const { BroadcastChannel, workerData } = require('node:worker_threads');
const { Logger } = require('@nestjs/common');

/** @typedef {import('./thread-messages.js').ThreadLine} ThreadLine */

const LEVELS = /** @type {const} */ (['log', 'error', 'warn', 'debug', 'verbose', 'fatal']);

/** For what is said outside of any step. */
const channel = new BroadcastChannel(workerData.logs);
channel.unref();
/** @type {import('node:worker_threads').MessagePort | null} */
let stepPort = null;

/** @param {import('node:worker_threads').MessagePort | null} port - of the step that the thread runs; null for none */
function logOver(port) {
  stepPort = port;
}

/**
 * @param {{ postMessage(line: ThreadLine): void }} port
 * @param {ThreadLine} line
 */
function post(port, line) {
  try {
    port.postMessage(line);
  } catch {
    // what cannot be sent as it is goes as text
    port.postMessage({ ...line, message: line.message.map(String) });
  }
}

/**
 * @param {(line: ThreadLine) => void} send
 * @param {boolean} isNamed - whether the last of what is said is the name of the logger
 */
const loggerTo = (send, isNamed) =>
  Object.fromEntries(
    LEVELS.map((level) => [
      level,
      (/** @type {unknown[]} */ ...message) => send({ kind: 'log', level, message, isNamed }),
    ]),
  );

/** @param {import('node:worker_threads').MessagePort} port */
const loggerOver = (port) => loggerTo((line) => post(port, line), false);

Logger.overrideLogger(/** @type {any} */ (loggerTo((line) => post(stepPort ?? channel, line), true)));

module.exports = { logOver, loggerOver };
