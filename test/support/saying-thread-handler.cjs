// @ts-nocheck a host's build leaves no types
'use strict';
const { Logger } = require('@nestjs/common');

/** Logs by Nest's logger and by its own, in its step and before it. */
class Says {
  setup() {
    new Logger('SaysInThread').log('set up in a thread');
  }

  async process({ logger }) {
    new Logger('SaysInThread').log('said in a thread', { amount: 5 });
    logger.warn('said by the step');
  }
}

module.exports = { Says };
