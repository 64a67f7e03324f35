import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { STEPS_RUNNING, WORKER_SLOTS } from '../metrics/families.js';
import { Instruments } from '../metrics/instruments.js';
import { RunningAttempts } from './running-attempts.js';

/** How busy the worker of this process is. */
@Injectable()
export class WorkerMetrics {
  constructor(
    instruments: Instruments,
    attempts: RunningAttempts,
    @Inject(TASKER_CONFIG) { worker }: Pick<TaskerConfig, 'worker'>,
  ) {
    instruments.gauge(WORKER_SLOTS).with({}).set(worker.slots);
    const running = instruments.gauge(STEPS_RUNNING).with({});
    instruments.probe({
      name: 'worker',
      freshMs: 0,
      ask: () => attempts.size,
      say: (size) => running.set(size ?? 0),
    });
  }
}
