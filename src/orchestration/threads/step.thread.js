// Runs in the threads of the pool, one step at a time. Plain JavaScript: no loader of the main thread's stands here.
'use strict';
const { pathToFileURL } = require('node:url');
const { workerData } = require('node:worker_threads');
const { contentOf } = require('./handler-content.js');
const { logOver } = require('./thread-logger.js');
const { threadContext } = require('./thread-context.js');
const { PermanentError, describeThrown } = require('./thrown.js');

/**
 * @typedef {import('./thread-messages.js').HandlerSource} HandlerSource
 * @typedef {import('./thread-messages.js').StepRequest} StepRequest
 * @typedef {import('./thread-messages.js').InspectRequest} InspectRequest
 * @typedef {{ handler: any, content: import('./handler-content.js').HandlerContent }} Loaded
 */

const STEP_HANDLER = 'tasker:step_handler';

/** @type {Map<string, Promise<Loaded>>} */
const loaded = new Map();

/** @param {HandlerSource} source */
function load(source) {
  const key = JSON.stringify([source.module, source.className]);
  const known = loaded.get(key);
  if (known) return known;
  const loading = loadHandler(source);
  loaded.set(key, loading);
  // told to whoever asks for it; the next to ask tries again
  loading.catch(() => loaded.delete(key));
  return loading;
}

/**
 * @param {HandlerSource} source
 * @returns {Promise<Loaded>}
 */
async function loadHandler({ module, className }) {
  const exported = await import(pathToFileURL(module).href);
  const candidates = [...Object.values(exported), exported.default, ...Object.values(exported.default ?? {})];
  const type = candidates.find((one) => typeof one === 'function' && one.name === className);
  if (!type) throw new Error(`${module} exports no class ${className}: export it there.`);
  const handler = typeof type.createInThread === 'function' ? await type.createInThread() : new type();
  await handler.setup?.();
  const reflect = /** @type {any} */ (Reflect);
  const schema = reflect.getMetadata?.(STEP_HANDLER, type)?.configSchema ?? handler.configSchema;
  return { handler, content: contentOf(type, module, schema) };
}

/** @param {InspectRequest} request */
async function inspect({ handlers }) {
  return Promise.all(
    handlers.map(async (source) => {
      try {
        return { name: source.name, content: (await load(source)).content };
      } catch (error) {
        return { name: source.name, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    }),
  );
}

/**
 * The outcome goes the same way as what the handler has said before, so that it comes after it.
 *
 * @param {StepRequest} request
 */
async function runStep({ source, content, facts, port }) {
  const { context, close } = threadContext(facts, port);
  logOver(port);
  try {
    const { handler, content: own } = await load(source);
    if (JSON.stringify(own) !== content) {
      port.postMessage({ kind: 'changed' });
      return;
    }
    const output = await handler.process(context);
    const results = handler.processResults ? await handler.processResults(context.step, output, null) : output;
    port.postMessage({ kind: 'done', json: toJson(results) });
  } catch (thrown) {
    port.postMessage({ kind: 'failed', thrown: describeThrown(thrown) });
  } finally {
    logOver(null);
    close();
  }
}

/** @param {unknown} results */
function toJson(results) {
  if (results === undefined) return 'null';
  let json;
  let cause;
  try {
    json = JSON.stringify(results);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  const why = cause instanceof Error ? cause.message : `a ${typeof results}`;
  throw new PermanentError(`The result is not JSON: ${why}. Return plain data.`, 'RESULT_NOT_JSON', 'result');
}

async function cleanUp() {
  const all = await Promise.allSettled(loaded.values());
  const ended = all.map(async (one) => one.status === 'fulfilled' && (await one.value.handler.cleanup?.()));
  const failed = (await Promise.allSettled(ended)).filter((one) => one.status === 'rejected');
  return failed.map(({ reason }) => String(reason));
}

/** @param {StepRequest | InspectRequest | { kind: 'clean_up' }} request */
async function run(request) {
  if (request.kind === 'step') return runStep(request);
  return request.kind === 'inspect' ? inspect(request) : cleanUp();
}

/** A thread is ready once it has loaded the handlers: a step must not wait for them within its timeout. */
const ready = Promise.allSettled(workerData.handlers.map(load)).then(() => run);

module.exports = { run: ready };
