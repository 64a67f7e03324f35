import type { Provider } from '@nestjs/common';
import { BulkOperator } from './bulk-operator.js';
import { LateSpans } from './late-spans.js';
import { TaskExplaining } from './explanation/task-explaining.js';
import { OperatorNews } from './operator-news.js';
import { SettledTaskHooks } from './settled-task-hooks.js';
import { StepOperator } from './step-operator.js';
import { TaskCreation } from './task-creation.js';
import { TaskInitialization } from './task-initialization.js';
import { TaskIntake } from './task-intake.js';
import { TaskLookup } from './task-lookup.js';
import { TaskOperator } from './task-operator.js';
import { TaskWaiting } from './task-waiting.js';
import { TaskerClient } from './tasker-client.js';

export const CLIENT_PROVIDERS: Provider[] = [
  TaskInitialization,
  TaskIntake,
  TaskLookup,
  TaskExplaining,
  TaskCreation,
  LateSpans,
  OperatorNews,
  TaskOperator,
  StepOperator,
  BulkOperator,
  TaskWaiting,
  SettledTaskHooks,
  TaskerClient,
];
