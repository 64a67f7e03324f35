export { runStep, type AncestorsOf, type ContextOf, type LoneHandler, type ResultOf } from './run-step.js';
export type { MeasuredValue, PublishedEvent, RunStepOptions } from './run-step-options.js';
export type { Foundation, FoundationOptions } from './factories/foundation.js';
export type { CreateWorkflowStepOptions } from './factories/step-factory.js';
export type { CreateTaskOptions } from './factories/task-factory.js';
export { TaskerTesting } from './tasker-testing.js';
export type { RunOptions, TestRequest } from './task-runner.js';
export { TaskerTestingModule } from './tasker-testing.module.js';
export { topology, TOPOLOGIES, type Topology, type TopologyName } from './topologies.js';
export type { CreateOptions, TaskerTestingOptions } from './testing-options.js';
export { StandstillError, type TaskRun } from './task-run.js';
export { scenariosOf, type TemplateScenario } from './scenarios/scenarios.js';
export type { ScenarioOptions, ScenarioTemplate, TemplateName } from './scenarios/scenario-player.js';
export type { ScenarioReport } from './scenarios/scenario-report.js';
export { createTestDatabase, type TestDatabaseOptions } from './test-database.js';
export type { TestDatabase } from '../persistence/testing/test-database.js';
export { NotATestDatabaseError, TEST_DATABASE_MARK } from '../persistence/testing/refuse-others.js';
export { startTestServer, type TestServer } from './test-server.js';
export { RecordedEvents, type EventMatch, type NextOptions } from './recorded-events.js';
export type { Duration, Time } from './time/time.js';
export { untilAborted } from './time/idle-attempts.js';
export { MockHandler, type Answer, type Asked, type MockCall, type MockResult } from './mocks/mock-handler.js';
export { MockTable, type Mock, type MockHandlers } from './mocks/mock-table.js';
export {
  callThrough,
  checkIdempotency,
  failAlways,
  failRandomly,
  failTimes,
  succeedWith,
  timeoutTimes,
} from './mocks/mocks.js';
