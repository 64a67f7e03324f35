import { stepId } from '../core/identity.js';
import type { TaskTemplate } from '../core/template.js';
import type { EventFacts, StepFacts, TaskFacts } from './tasker-events.js';

/** Facts without those that publishing adds. */
export type Facts<F extends EventFacts> = Omit<F, 'event' | 'timestamp'>;

/** The task that facts are about. */
export interface TaskSubject {
  template: Pick<TaskTemplate, 'namespace' | 'name' | 'version' | 'steps'>;
  taskId: string;
  correlationId: string;
}

/** The attempt that facts are about. */
export interface StepSubject extends TaskSubject {
  stepNo: number;
  /** 0 before the first. */
  attempt: number;
  retryLimit: number;
}

export const taskFacts = ({ template, taskId, correlationId }: TaskSubject): Facts<TaskFacts> => ({
  task_id: taskId,
  task_name: template.name,
  namespace: template.namespace,
  version: template.version,
  correlation_id: correlationId,
});

export const stepFacts = (subject: StepSubject): Facts<StepFacts> => ({
  ...taskFacts(subject),
  step_id: stepId(subject.taskId, subject.stepNo),
  step_name: subject.template.steps[subject.stepNo]!.name,
  attempt: subject.attempt,
  retry_limit: subject.retryLimit,
});
