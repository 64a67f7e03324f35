// Loaded before everything else in a worker process, and in each of its threads: the wall clock can jump, as it does when
// somebody sets it. What only ever grows (performance.now, timers) goes on as before.
'use strict';
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

const RealDate = Date;
let shiftMs = 0;
const now = () => RealDate.now() + shiftMs;

const ShiftedDate = new Proxy(RealDate, {
  construct: (date, values, target) => Reflect.construct(date, values.length === 0 ? [now()] : values, target),
  get: (date, name) => (name === 'now' ? now : Reflect.get(date, name)),
});
Reflect.set(globalThis, 'Date', ShiftedDate);

const threads = new BroadcastChannel('chaos clock');
threads.unref();
threads.onmessage = (/** @type {{ data: unknown }} */ { data }) => (shiftMs = Number(data));
if (isMainThread) {
  process.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('shiftMs' in message)) return;
    shiftMs = Number(message.shiftMs);
    threads.postMessage(shiftMs);
  });
  // listening for jumps keeps nobody alive
  process.channel?.unref();
}
