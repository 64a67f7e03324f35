// @ts-nocheck a host's build leaves no types
// Handlers as a host's build leaves them: threads load this file by themselves.
'use strict';
const { writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { threadId } = require('node:worker_threads');

class PaymentDeclined extends Error {
  constructor(message) {
    super(message);
    this.name = 'PaymentDeclined';
    this.retryable = false;
    this.errorCode = 'CARD_DECLINED';
    this.errorCategory = 'payment';
    this.context = { card: 'visa' };
  }
}

class FraudSuspected extends PaymentDeclined {}

class Echo {
  process({ task, step, config, sequence, signal }) {
    const { createdAt, ...facts } = task;
    return {
      thread: threadId,
      task: { ...facts, isDate: createdAt instanceof Date },
      step,
      config,
      results: Object.fromEntries(sequence.names.map((name) => [name, sequence.results(name)])),
      aborted: signal.aborted,
    };
  }

  processResults(step, output, initial) {
    return { ...output, processedIn: threadId, initial };
  }
}

class Decline {
  process() {
    throw new FraudSuspected('no');
  }
}

class Misuse {
  async process({ task, sequence, transaction }) {
    if (task.context.what === 'results') return sequence.results('nowhere');
    if (task.context.what === 'transaction') return transaction(() => 1);
    if (task.context.what === 'exit') process.exit(3);
    if (task.context.what === 'value') throw { reason: 'a value' };
    if (task.context.what === 'function') return () => 1;
    return BigInt(1);
  }
}

/** Computes for as long as the task says, or until its thread is ended: it is deaf to its signal. */
class Spin {
  process({ task }) {
    const until = Date.now() + (task.context.ms ?? Infinity);
    while (Date.now() < until);
    return { thread: threadId };
  }
}

class Heed {
  async process({ signal, heartbeat, logger }) {
    logger.warn('from the thread', { threadId });
    await heartbeat();
    const heeded = () => ({ heeded: String(signal.reason.message) });
    if (signal.aborted) return heeded();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(heeded())));
  }
}

class Announce {
  process({ task, publish, metrics }) {
    publish('counted', { count: 1 });
    if (task.context.measured) metrics.record(task.context.measured, 40, { kind: 'spin' });
    if (task.context.undeclared) publish('nowhere.declared');
    return 'announced';
  }
}

/** Writes down when it was set up and cleaned up. */
const DIARY = join(tmpdir(), `tasker-diary-${process.pid}`);

class Diary {
  constructor() {
    this.note('made');
  }
  note(what) {
    writeFileSync(DIARY, `${what} ${threadId > 0 ? 'there' : 'here'}\n`, { flag: 'a' });
  }
  setup() {
    this.note('set up');
  }
  cleanup() {
    this.note('cleaned up');
  }
  process() {
    this.note('process');
    return null;
  }
}

class NeedsClient {
  constructor(client) {
    this.client = client;
  }
  process() {
    return this.client.name;
  }
}

class MakesItself extends NeedsClient {
  static createInThread() {
    return new MakesItself({ name: 'made in the thread' });
  }
}

class Unsettled {
  setup() {
    throw new Error('no table of primes');
  }
  process() {}
}

module.exports = { Echo, Decline, Misuse, Spin, Heed, Announce, Diary, NeedsClient, MakesItself, Unsettled };
