import type { Provider } from '@nestjs/common';
import { Aftermath } from './aftermath.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { CircuitEvents } from './circuits/circuit-events.js';
import { CircuitProber } from './circuits/circuit-prober.js';
import { CircuitReports } from './circuits/circuit-reports.js';
import { CircuitWatch } from './circuits/circuit-watch.js';
import { ClaimAuditor } from './claim-auditor.js';
import { EngineEvents } from './engine-events.js';
import { Escalations } from './escalations.js';
import { FailureWriter } from './failure-writer.js';
import { HandlerTable } from './handler-table.js';
import { Heartbeat } from './heartbeat.js';
import { Outcomes } from './outcomes.js';
import { RescueEvents } from './rescue-events.js';
import { Rescuer } from './rescuer.js';
import { RetentionSweep } from './retention-sweep.js';
import { ReturnedSteps } from './returned-steps.js';
import { RunningAttempts } from './running-attempts.js';
import { SettlementQueue } from './settlement-queue.js';
import { SlotBudget } from './slot-budget.js';
import { StepPump } from './step-pump.js';
import { StepStarter } from './step-starter.js';
import { WorkerEvents } from './worker-events.js';
import { WorkerMetrics } from './worker-metrics.js';
import { WorkerService } from './worker.service.js';

export const WORKER_PROVIDERS: Provider[] = [
  WorkerEvents,
  WorkerMetrics,
  WorkerService,
  Aftermath,
  AttemptMetrics,
  CircuitEvents,
  CircuitProber,
  CircuitReports,
  CircuitWatch,
  ClaimAuditor,
  EngineEvents,
  Escalations,
  FailureWriter,
  HandlerTable,
  Heartbeat,
  Outcomes,
  RescueEvents,
  Rescuer,
  RetentionSweep,
  ReturnedSteps,
  RunningAttempts,
  SettlementQueue,
  SlotBudget,
  StepPump,
  StepStarter,
];
