import type { INestApplicationContext } from '@nestjs/common';
import { EventBus, type TaskerLogger } from '../index.js';

/** What a line says of an event besides whom it is about: not what tasks work on. */
const SHOWN = ['event', 'execution_duration', 'error_class', 'error_message', 'next_retry_at', 'worker', 'reason'];

/** What registries tell is logged by themselves. */
const FOLLOWED = ['task.*', 'step.*', 'workflow.*', 'observability.*'];

/** One line for each event that this process publishes, at `debug`; where nobody reads that, nothing listens. */
export function logEvents(app: INestApplicationContext, logger: TaskerLogger): void {
  if (!logger.isEnabled('debug', 'events')) return;
  const bus = app.get(EventBus, { strict: false });
  for (const pattern of FOLLOWED) {
    bus.on(pattern, (payload) => {
      const facts = Object.entries(payload).filter(([name]) => SHOWN.includes(name));
      logger.debug(Object.fromEntries(facts), 'tasker.events');
    });
  }
}
