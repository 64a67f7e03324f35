import type { Provider } from '@nestjs/common';
import { ClaimAuditor } from './claim-auditor.js';
import { EngineEvents } from './engine-events.js';
import { FailureWriter } from './failure-writer.js';
import { HandlerTable } from './handler-table.js';
import { Heartbeat } from './heartbeat.js';
import { Outcomes } from './outcomes.js';
import { Rescuer } from './rescuer.js';
import { RunningAttempts } from './running-attempts.js';
import { SettlementQueue } from './settlement-queue.js';
import { SlotBudget } from './slot-budget.js';
import { StepPump } from './step-pump.js';
import { StepStarter } from './step-starter.js';
import { WorkerService } from './worker.service.js';

export const WORKER_PROVIDERS: Provider[] = [
  WorkerService,
  ClaimAuditor,
  EngineEvents,
  FailureWriter,
  HandlerTable,
  Heartbeat,
  Outcomes,
  Rescuer,
  RunningAttempts,
  SettlementQueue,
  SlotBudget,
  StepPump,
  StepStarter,
];
