import type { ExplanationAnswer } from '../../src/cli/task/explanation-answer.js';
import { explanationReport } from '../../src/cli/task/explanation-report.js';
import { taskReport } from '../../src/cli/task/task-report.js';
import type { StepAnswer, TaskAnswer } from '../../src/cli/task/answers.js';

const REASON = { since: null, until: null, blocked_by: [] };

const EXPLANATION: ExplanationAnswer = {
  task_id: '0198',
  full_name: 'shop.order@1.0.0',
  status: 'in_progress',
  execution_status: 'has_ready_steps',
  at: '2026-01-31T09:30:00.000Z',
  summary: '',
  reasons: [
    {
      ...REASON,
      kind: 'no_worker',
      moved_by: 'deployment',
      detail: 'No live worker claims steps of the handler "Pay".',
      steps: ['charge', 'refund'],
      step_count: 12,
      holds: 3,
    },
  ],
  what_moves_it: [
    { action: 'start_worker', effect: 'It claims the step within seconds.', request: null, command: null },
    { action: 'resume', effect: 'It goes on.', request: null, command: 'tasker task resume 0198' },
  ],
  steps: [
    {
      name: 'charge',
      status: 'ready',
      attempts: 1,
      retry_limit: 3,
      reasons: [{ ...REASON, kind: 'no_worker', moved_by: 'deployment', detail: 'No live worker\x1b[2J.' }],
      errors: [
        {
          attempt: 1,
          outcome: 'failed',
          at: '2026-01-31T09:29:00.000Z',
          message: 'busy',
          error_class: 'Error',
          error_code: null,
        },
      ],
      what_moves_it: [],
    },
    {
      name: 'ship',
      status: 'pending',
      attempts: 0,
      retry_limit: 3,
      reasons: [
        {
          ...REASON,
          kind: 'dependencies',
          moved_by: 'others',
          detail: 'It waits for 1 of 1 parent: charge (ready).',
          blocked_by: [{ type: 'step', id: '0199', name: 'charge' }],
        },
      ],
      errors: [],
      what_moves_it: [],
    },
  ],
  steps_left_out: 7,
};

describe('an explanation for people', () => {
  it('says first what holds the task and what moves it, then each step with its own reasons', () => {
    expect(explanationReport(EXPLANATION, false).split('\n')).toEqual([
      'shop.order@1.0.0  0198',
      '● in_progress  has_ready_steps',
      '',
      'Why',
      '  no_worker  charge, refund, 10 more  (3 steps wait for that)',
      '    No live worker claims steps of the handler "Pay".',
      '',
      'What moves it',
      '  start_worker  It claims the step within seconds.',
      '  resume  It goes on.',
      '    tasker task resume 0198',
      '',
      'Steps',
      '  ○ charge  ready  1/3',
      '    no_worker  No live worker\uFFFD[2J.',
      '    attempt 1 failed at 2026-01-31T09:29:00.000Z: Error: busy',
      '  · ship  pending  0/3',
      '    dependencies  It waits for 1 of 1 parent: charge (ready).',
      '      held by step charge 0199',
      '',
      '  … 7 more unfinished; see --step and --limit',
      '',
    ]);
  });

  it('is shown in short in the table of a task’s steps', () => {
    const step = {
      ...{ name: 'charge', status: 'ready', attempts: 0, retry_limit: 3, depends_on: [], results: null, error: null },
      ...{ next_retry_at: null, started_at: null, completed_at: null, worker: null },
      waiting_for: { kind: 'no_worker', detail: 'No live worker claims steps of the handler "Pay".', until: null },
    } as StepAnswer;
    const task = { step_counts: {}, context: {}, tags: [], status: 'pending', steps: [step] } as unknown as TaskAnswer;
    expect(taskReport(task)).toContain('No live worker claims steps of the handler "Pay".');
  });
});
