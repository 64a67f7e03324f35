// Runs in a thread of its own, so that a handler that hogs the event loop does not make its worker look dead.
// Plain JavaScript: no loader of the main thread's stands here.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { Client } = require('pg');

/**
 * @type {{ url: string, statement: string, workerId: number, everyMs: number, turns: SharedArrayBuffer }}
 * `turns` counts the turns of the main thread's event loop, as its timer sees them.
 */
const { url, statement, workerId, everyMs, turns } = workerData;
const counter = new Int32Array(turns);
/** A loop that has not turned for this long is blocked. */
const BLOCKED_MS = 1_000;
const PATIENCE_MS = 5_000;

let lastTurn = 0;
/** In milliseconds that only ever grow: the wall clock may be set. */
let turnedAt = performance.now();
/** @type {Client | null} */
let client = null;

async function connect() {
  const next = new Client({
    connectionString: url,
    application_name: 'tasker heartbeat',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  next.on('error', () => (client = null));
  await next.connect();
  return next;
}

function blockedMs() {
  const turn = Atomics.load(counter, 0);
  if (turn !== lastTurn) {
    lastTurn = turn;
    turnedAt = performance.now();
  }
  const since = Math.round(performance.now() - turnedAt);
  return since >= BLOCKED_MS ? since : 0;
}

async function beat() {
  try {
    client ??= await connect();
    const { rows } = await client.query(statement, [workerId, blockedMs()]);
    parentPort?.postMessage({ state: rows[0].state, others: rows[0].others });
  } catch (error) {
    const broken = client;
    client = null;
    await broken?.end().catch(() => undefined);
    parentPort?.postMessage({ error: String(error) });
  }
  setTimeout(beat, everyMs * (0.9 + Math.random() / 5));
}

// the counter must be looked at more often than the heart beats, to date the last turn
setInterval(blockedMs, 250);
parentPort?.on('message', async () => {
  await client?.end().catch(() => undefined);
  process.exit(0);
});
void beat();
