// A handler of the foreign application in a file of its own: threads load it without starting the application.
'use strict';
const { threadId } = require('node:worker_threads');
const { StepHandler, StepHandlerBase } = require('nest-tasker');

class Count extends StepHandlerBase {
  process({ sequence }) {
    return { letters: sequence.results('shout').shout.length, inThread: threadId > 0 };
  }
}
StepHandler({ name: 'count', isolation: 'thread' })(Count);

module.exports = { Count };
