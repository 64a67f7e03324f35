import { TaskerError } from '../../core/errors.js';
import type { TestScenario } from '../../core/template-policies.js';
import type { StepFailure } from '../../core/failure.js';
import { StandstillError, type TaskRun } from '../task-run.js';

/** What became of a scenario. */
export interface ScenarioReport {
  /** Its name. */
  scenario: string;
  description: string | null;
  passed: boolean;
  /** What is not as the scenario wants it; empty where it has passed. */
  problems: string[];
  /** Null where it was refused, or has not come to rest. */
  task: TaskRun | null;
}

/**
 * Compares what a scenario wants with what came of it.
 *
 * @param outcome - the task; or why it was refused, or does not come to rest
 */
export function reportOf(scenario: TestScenario, outcome: TaskRun | TaskerError | StandstillError): ScenarioReport {
  const { name, description } = scenario;
  const report = (problems: string[], task: TaskRun | null): ScenarioReport => ({
    ...{ scenario: name, description, task },
    ...{ passed: problems.length === 0, problems },
  });
  if (outcome instanceof TaskerError) return report(refusalProblems(scenario, outcome), null);
  if (outcome instanceof StandstillError) return report([outcome.message], null);
  return report(problemsOf(scenario, outcome), outcome);
}

function refusalProblems({ expectedError }: TestScenario, { code, message }: TaskerError): string[] {
  if (expectedError === code) return [];
  const expected = expectedError === null ? 'the task must complete' : `"${expectedError}" must end it`;
  return [`${expected}, but it was refused with "${code}": ${message}`];
}

function problemsOf(scenario: TestScenario, task: TaskRun): string[] {
  return [
    ...endProblems(scenario, task),
    ...stepProblems(scenario, task),
    ...timeoutProblems(scenario, task),
    ...retryProblems(scenario, task),
  ];
}

function endProblems({ expectedError }: TestScenario, { status, steps }: TaskRun): string[] {
  const errors = steps.flatMap(({ name, status: state, error }) =>
    state === 'error' && error ? [{ name, error }] : [],
  );
  const told = errors.map(({ name, error }) => `${name} failed with ${nameOf(error)}: ${error.message}`);
  if (expectedError === null) {
    return status === 'complete' ? [] : [[`the task must be complete, but is ${status}`, ...told].join('; ')];
  }
  if (status !== 'error') return [`"${expectedError}" must end the task, but it is ${status}`];
  const matches = errors.some(({ error }) => [error.errorClass, error.errorCode].includes(expectedError));
  return matches ? [] : [[`"${expectedError}" must end the task`, ...told].join(', but ')];
}

function stepProblems({ steps, expectedError }: TestScenario, task: TaskRun): string[] {
  const named = steps ?? (expectedError === null ? task.steps.map(({ name }) => name) : []);
  return named
    .map((name) => task.step(name))
    .filter(({ status }) => status !== 'complete' && (steps !== null || status !== 'skipped'))
    .map(({ name, status }) => `step "${name}" must be complete, but is ${status}`);
}

function timeoutProblems({ timeoutStep }: TestScenario, task: TaskRun): string[] {
  if (timeoutStep === null) return [];
  const outcome = task.step(timeoutStep).attemptHistory?.[0]?.outcome ?? 'never made';
  return outcome === 'timed_out' ? [] : [`the first attempt of "${timeoutStep}" must time out, but was ${outcome}`];
}

function retryProblems({ retryExpected }: TestScenario, { steps }: TaskRun): string[] {
  const retried = steps.filter(({ attempts }) => attempts > 1).map(({ name }) => name);
  if (retryExpected === true && retried.length === 0) return ['a step must have been tried again, but none was'];
  if (retryExpected === false && retried.length > 0) {
    return [`no step must have been tried again, but ${retried.join(', ')} ${retried.length > 1 ? 'were' : 'was'}`];
  }
  return [];
}

const nameOf = ({ errorClass, errorCode }: StepFailure): string =>
  errorCode === null ? errorClass : `${errorClass} (${errorCode})`;
