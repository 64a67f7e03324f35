import type { Provider } from '@nestjs/common';
import { TaskCancellation } from './task-cancellation.js';
import { TaskCreation } from './task-creation.js';
import { TaskIntake } from './task-intake.js';
import { TaskLookup } from './task-lookup.js';
import { TaskWaiting } from './task-waiting.js';
import { TaskerClient } from './tasker-client.js';

export const CLIENT_PROVIDERS: Provider[] = [
  TaskIntake,
  TaskLookup,
  TaskCreation,
  TaskCancellation,
  TaskWaiting,
  TaskerClient,
];
