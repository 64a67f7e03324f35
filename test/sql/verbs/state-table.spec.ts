import {
  STEP_STATES,
  STEP_VERBS,
  TASK_STATES,
  TASK_VERBS,
  isStepVerbLegal,
  isTaskVerbLegal,
  type StepState,
  type StepVerb,
  type TaskState,
  type TaskVerb,
} from '../../../src/core/states.js';
import type { SqlWorker } from '../../support/sql-engine.js';
import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
let worker: SqlWorker;

beforeAll(async () => {
  operator = SqlOperator.of(sql.engine);
  worker = await sql.engine.worker();
});
afterEach(() => sql.engine.rows('with s as (delete from step), t as (delete from task) delete from transition'));

const LATER_MS = 3_600_000;
/** Step 0 comes before step 1; step 2 stands alone and keeps the task unfinished. */
const GRAPH = [[], [0], []];

/** How a step comes into a state; its number. */
const STEP_WAYS: Record<StepState, (task: string) => Promise<number>> = {
  pending: async () => 1,
  ready: async () => 0,
  in_progress: async () => {
    await worker.claim(1);
    return 0;
  },
  waiting_for_retry: async () => {
    await worker.fail(await worker.claim(1), LATER_MS);
    return 0;
  },
  error: async () => {
    await worker.fail(await worker.claim(1));
    return 0;
  },
  complete: async () => {
    await worker.complete(await worker.claim(1));
    return 0;
  },
  resolved_manually: async (task) => {
    await worker.fail(await worker.claim(1));
    await operator.step('resolve', task);
    return 0;
  },
  skipped: async (task) => {
    await operator.step('skip', task);
    return 0;
  },
  cancelled: async (task) => {
    await operator.step('cancel', task);
    return 0;
  },
};

/** What a step is after a verb that was legal; `retry` and `update` leave one that waits where it is. */
const STEP_RESULTS: Record<StepVerb, (was: StepState) => StepState> = {
  retry: (was) => (was === 'error' ? 'ready' : was),
  resolve: () => 'resolved_manually',
  complete: () => 'complete',
  skip: () => 'skipped',
  cancel: () => 'cancelled',
  update: (was) => was,
};

const cells = <State extends string, Verb extends string>(states: readonly State[], verbs: Verb[]): [State, Verb][] =>
  states.flatMap((state) => verbs.map((verb): [State, Verb] => [state, verb]));

const trail = (task: string) =>
  sql.engine.rows('select * from transition where task_id = $1 order by step_no, attempt, cause', [task]);

describe('a step that is', () => {
  it.each(cells(STEP_STATES, Object.keys(STEP_VERBS) as StepVerb[]))('%s: %s', async (state, verb) => {
    const { engine } = sql;
    const task = await engine.task(await engine.template(GRAPH));
    const step = await STEP_WAYS[state](task);
    expect((await engine.states(task))[step]).toBe(state);
    const before = { trail: await trail(task), states: await engine.states(task) };

    const answer = await operator.step(verb, task, step);

    if (isStepVerbLegal(verb, state)) {
      expect(answer.outcome).toBe('done');
      expect((await engine.states(task))[step]).toBe(STEP_RESULTS[verb](state));
      expect((await trail(task)).filter(({ actor, reason }) => actor === 'ann' && reason === 'why not')).not.toEqual(
        [],
      );
    } else {
      expect(answer.outcome).toBe(verb === 'cancel' && state === 'cancelled' ? 'unchanged' : 'refused');
      expect(answer.steps).toEqual([[step, state, state]]);
      expect({ trail: await trail(task), states: await engine.states(task) }).toEqual(before);
    }
  });
});

/** How a task comes into a state. */
const TASK_WAYS: Record<TaskState, (task: string) => Promise<unknown>> = {
  pending: async () => undefined,
  in_progress: () => worker.claim(1),
  error: async () => worker.fail(await worker.claim()),
  complete: async () => {
    await worker.complete(await worker.claim());
    await worker.complete(await worker.claim());
  },
  resolved_manually: async (task) => {
    await worker.fail(await worker.claim());
    await operator.task('resolve', task);
  },
  cancelled: (task) => operator.task('cancel', task),
};

const TASK_RESULTS: Record<TaskVerb, (was: TaskState) => TaskState> = {
  retry: () => 'in_progress',
  resolve: () => 'resolved_manually',
  pause: (was) => was,
  resume: (was) => was,
  cancel: () => 'cancelled',
  update: (was) => was,
};

/** What a verb asks for beside the state. */
const CONDITIONS: Partial<Record<`${TaskVerb} ${TaskState}`, (task: string) => Promise<unknown>>> = {
  'retry in_progress': async () => worker.fail(await worker.claim(1)),
  'resume pending': (task) => operator.task('pause', task),
  'resume in_progress': (task) => operator.task('pause', task),
  'resume error': (task) => sql.engine.rows('update task set paused_at = now() where id = $1', [task]),
};

describe('a task that is', () => {
  it.each(cells(TASK_STATES, Object.keys(TASK_VERBS) as TaskVerb[]))('%s: %s', async (state, verb) => {
    const { engine } = sql;
    const task = await engine.task(await engine.template(GRAPH));
    await TASK_WAYS[state](task);
    expect(await engine.taskState(task)).toBe(state);
    await CONDITIONS[`${verb} ${state}`]?.(task);
    const before = await trail(task);

    const answer = await operator.task(verb, task);

    expect(answer.was).toBe(state);
    if (isTaskVerbLegal(verb, state)) {
      expect(answer.outcome).toBe('done');
      expect(await engine.taskState(task)).toBe(TASK_RESULTS[verb](state));
      expect((await trail(task)).filter(({ actor }) => actor === 'ann')).not.toEqual([]);
    } else {
      expect(answer.outcome).toBe(verb === 'cancel' && state === 'cancelled' ? 'unchanged' : 'refused');
      expect(await engine.taskState(task)).toBe(state);
      expect(await trail(task)).toEqual(before);
    }
  });

  it('in progress without a failed step is refused a retry', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template(GRAPH));
    await worker.claim(1);
    expect(await operator.task('retry', task)).toMatchObject({ outcome: 'refused', was: 'in_progress' });
  });

  it.each(['pending', 'in_progress', 'error'] as const)('%s and not paused is refused a resume', async (state) => {
    const { engine } = sql;
    const task = await engine.task(await engine.template(GRAPH));
    await TASK_WAYS[state](task);
    expect(await operator.task('resume', task)).toMatchObject({ outcome: 'refused', was: state });
  });

  it('not there is no task to any verb', async () => {
    for (const verb of Object.keys(TASK_VERBS) as TaskVerb[]) {
      expect((await operator.task(verb, sql.engine.newId())).was).toBeNull();
    }
    for (const verb of Object.keys(STEP_VERBS) as StepVerb[]) {
      expect((await operator.step(verb, sql.engine.newId())).was).toBeNull();
    }
  });
});
