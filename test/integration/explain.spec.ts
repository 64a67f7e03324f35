import type { Reason, ReasonKind, TaskExplanation, TemplateDefinition } from '../../src/index.js';
import type { AttemptKey } from '../../src/persistence/stores/attempts.js';
import { DIAMOND, HandWorker, request, SINGLE, startClient } from '../support/client-parts.js';

const step = (name: string, parents: string[] = [], handler = 'Work') => ({
  name,
  handler_class: handler,
  depends_on_steps: parents,
});
const STRICT: TemplateDefinition = {
  name: 'strict',
  workflow_config: { failure_strategy: 'stop_on_first_failure' },
  step_templates: [step('bad'), step('slow'), step('other'), step('after', ['bad', 'slow'])],
};
const BRANCHES: TemplateDefinition = {
  name: 'branches',
  step_templates: [
    step('bad'),
    step('good'),
    step('both', ['bad', 'good']),
    step('last', ['both']),
    step('alone', ['good']),
  ],
};
const BRIEF: TemplateDefinition = {
  name: 'brief',
  task_config: { timeout_seconds: 60 },
  step_templates: [step('a'), step('b')],
};
const LINE: TemplateDefinition = {
  name: 'line',
  workflow_config: { execution_mode: 'sequential' },
  step_templates: [step('a'), step('b')],
};
const PLACES: TemplateDefinition = {
  name: 'places',
  performance: { concurrency: { max_concurrent_tasks: 1 } },
  step_templates: [step('only')],
};
const PERMITS: TemplateDefinition = {
  name: 'permits',
  performance: { concurrency: { max_concurrent_steps: 1 } },
  step_templates: [step('only')],
};
const PAYMENT: TemplateDefinition = {
  name: 'payment',
  step_templates: [{ ...step('pay', [], 'Pay'), dependent_system: 'bank', timeout_seconds: 30 }],
};
const TEMPLATES = [DIAMOND, SINGLE, STRICT, BRANCHES, BRIEF, LINE, PLACES, PERMITS, PAYMENT];

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient(TEMPLATES);
});
afterEach(async () => {
  await parts.rows('truncate tasker.task, tasker.step, tasker.transition, tasker.worker, tasker.circuit');
  await parts.rows('update tasker.handler set circuit = null');
});
afterAll(() => parts.end());

const create = async (name: string, changes = {}): Promise<string> => {
  const namespace = name === 'diamond' ? 'shop' : 'default';
  return (await parts.client.createTask(request({ namespace, name, ...changes }))).taskId;
};
const explain = (taskId: string, options = {}): Promise<TaskExplanation> => parts.client.explain(taskId, options);
const kinds = (reasons: readonly Reason[]): ReasonKind[] => reasons.map(({ kind }) => kind);
const stepOf = (explanation: TaskExplanation, name: string) => {
  const found = explanation.steps.find((each) => each.name === name);
  if (!found) throw new Error(`no step ${name} among ${explanation.steps.map((each) => each.name).join()}`);
  return found;
};
const actions = ({ whatMovesIt }: Pick<TaskExplanation, 'whatMovesIt'>) => whatMovesIt.map(({ action }) => action);

/** A worker that says which handlers it has, by their names. */
async function worker(name: string, handlers: string[] | null = ['Work', 'Pay', 'tasker.bypass']): Promise<HandWorker> {
  const hand = await HandWorker.start(parts.database, name);
  if (handlers) {
    const of = 'select array_agg(h.id) from tasker.handler h where h.name = any ($2)';
    await parts.rows(`update tasker.worker set handlers = (${of}) where id = $1`, [hand.id, handlers]);
  }
  return hand;
}
const claimed = async (hand: HandWorker, want = 1): Promise<AttemptKey> => (await hand.claim(want))[0]!;
const change = (workerId: number, what: string) =>
  parts.rows(`update tasker.worker set ${what} where id = $1`, [workerId]);

/** What the step's view says is the first reason, in the same words, unless it runs or may be taken at any moment. */
async function expectSameWords(taskId: string): Promise<void> {
  const { steps } = await explain(taskId, { limit: 2_000 });
  const views = await parts.client.getSteps(taskId);
  for (const { name, status, waitingFor } of views) {
    const first = steps.find((each) => each.name === name)?.reasons[0];
    const waits = first && status !== 'in_progress' && first.kind !== 'worker';
    const expected = waits ? { kind: first.kind, detail: first.detail, until: first.until } : null;
    expect({ name, waitingFor }).toEqual({ name, waitingFor: expected });
    expect({ name, waitingFor: (await parts.client.getStep(taskId, name)).waitingFor }).toEqual({
      name,
      waitingFor: expected,
    });
  }
}

describe('a step that nobody takes', () => {
  it('says that no live worker claims steps of its handler, until one does', async () => {
    const taskId = await create('payment');
    await worker('other', ['Work']);
    const before = await explain(taskId);
    expect(before.reasons).toMatchObject([
      {
        kind: 'no_worker',
        movedBy: 'deployment',
        detail: 'No live worker claims steps of the handler "Pay".',
        blockedBy: [{ type: 'handler', name: 'Pay' }],
        steps: ['pay'],
      },
    ]);
    expect(actions(before)).toEqual(['start_worker']);
    expect(before.summary).toBe(
      'default.payment@0.1.0 (pending): 0 of 1 step finished. pay: No live worker claims steps of the handler "Pay". ' +
        'What moves it: Start a worker whose application has the handler.',
    );
    await expectSameWords(taskId);

    await worker('payer', ['Pay']);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
    await expectSameWords(taskId);
  });

  it('counts neither workers that are silent nor those that are shutting down, and names them', async () => {
    const taskId = await create('single');
    const silent = await worker('silent');
    const leaving = await worker('leaving');
    await change(silent.id, `seen_at = now() - interval '11 s'`);
    await change(leaving.id, `state = 'draining'`);
    const { reasons } = await explain(taskId);
    expect(kinds(reasons)).toEqual(['no_worker']);
    expect(reasons[0]!.detail).toMatch(/leaving had it and is shutting down; silent had it and is silent since 20/);
  });

  it('takes a worker of an older release, which does not say what it has, at its word', async () => {
    const taskId = await create('single');
    await worker('old', null);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });

  it('says that the event loops of all workers with its handler do not turn', async () => {
    const taskId = await create('single');
    const stuck = await worker('stuck');
    await change(stuck.id, `blocked_since = now() - interval '3 s'`);
    const explanation = await explain(taskId);
    expect(explanation.reasons).toMatchObject([
      { kind: 'worker_blocked', blockedBy: [{ type: 'worker', name: 'stuck' }], since: expect.any(Date) as Date },
    ]);
    expect(actions(explanation)).toEqual(['restart_worker', 'wait']);
    await expectSameWords(taskId);
    await worker('free');
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });

  it('waits for a free slot, behind what is older or of a higher priority for the same workers', async () => {
    await worker('w', ['Work', 'Pay']);
    await create('payment');
    await create('diamond');
    const taskId = await create('single');
    await create('single');
    const [first] = [await explain(taskId)];
    expect(kinds(first.reasons)).toEqual(['worker', 'outranked']);
    expect(first.reasons[1]!.detail).toBe('2 ready steps for the same workers come before it, by priority and age.');
    await create('single', { priority: 5 });
    expect((await explain(taskId)).reasons[1]!.detail).toMatch(/^3 ready steps/);

    expect(actions(first)).toEqual(['wait', 'raise_priority']);
    await parts.client.updateTask(taskId, { priority: 100 });
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });

  it('counts no further than 1,000 of those that come before it', async () => {
    await worker('w');
    await parts.client.createTasks(
      Array.from({ length: 1_000 }, () => request({ namespace: 'default', name: 'single' })),
    );
    const last = await create('single');
    expect((await explain(last)).reasons[1]!.detail).toMatch(/^1,000 ready steps/);
    const next = await create('single');
    expect((await explain(next)).reasons[1]!.detail).toMatch(
      /^At least 1,000 ready steps for the same workers come before it/,
    );
  });
});

describe('a task that is held', () => {
  it('says who paused it and why, and what else is in the way', async () => {
    const taskId = await create('single');
    await parts.client.pauseTask(taskId, { actor: 'ann', reason: 'stock count' });
    const explanation = await explain(taskId);
    expect(kinds(explanation.reasons)).toEqual(['paused', 'no_worker']);
    expect(explanation.reasons[0]).toMatchObject({
      detail: expect.stringMatching(
        /^The task is paused since \S+Z by ann \(stock count\): nothing of it starts/,
      ) as string,
      blockedBy: [{ type: 'operator', name: 'ann' }],
      since: expect.any(Date) as Date,
      stepCount: 0,
    });
    expect(kinds(stepOf(explanation, 'only').reasons)).toEqual(['paused', 'no_worker']);
    expect(explanation.whatMovesIt[0]).toMatchObject({
      action: 'resume',
      request: { method: 'POST', path: `/tasks/${taskId}/resume` },
      command: `tasker task resume ${taskId} --reason '<why>'`,
    });
    await expectSameWords(taskId);
    await parts.client.resumeTask(taskId);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['no_worker']);
  });

  it('is not said to be held of a step that runs on', async () => {
    const taskId = await create('line');
    const hand = await worker('w');
    await claimed(hand);
    await parts.client.pauseTask(taskId);
    const explanation = await explain(taskId);
    expect(kinds(stepOf(explanation, 'a').reasons)).toEqual(['running']);
    expect(kinds(stepOf(explanation, 'b').reasons)).toEqual(['paused']);
    expect(kinds(explanation.reasons)).toEqual(['paused', 'running']);
  });

  it('says that it stopped at its first failure, in which step, and what else still runs', async () => {
    const taskId = await create('strict');
    const hand = await worker('w');
    const [bad, slow] = await hand.claim(2);
    await hand.fail(bad!, null, 'no stock');
    const explanation = await explain(taskId);
    expect(kinds(explanation.reasons)).toEqual(['stopped', 'failed', 'running']);
    expect(explanation.reasons[0]).toMatchObject({
      detail: expect.stringContaining('bad failed, and the template stops at its first failure') as string,
      blockedBy: [{ type: 'step', name: 'bad' }],
    });
    expect(kinds(stepOf(explanation, 'other').reasons)).toEqual(['stopped']);
    expect(kinds(stepOf(explanation, 'after').reasons)).toEqual(['stopped', 'dependencies']);
    expect(explanation.whatMovesIt[0]).toMatchObject({ action: 'retry' });
    await expectSameWords(taskId);

    await hand.complete(slow!);
    expect((await parts.client.getTask(taskId)).status).toBe('error');
    expect(kinds((await explain(taskId)).reasons)).toEqual(['stopped', 'failed']);
    await parts.client.retryTask(taskId);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });

  it('says that its time ran out', async () => {
    const taskId = await create('brief');
    const hand = await worker('w');
    const first = await claimed(hand);
    await hand.complete(first);
    await parts.rows(`update tasker.task set deadline_at = now() - interval '1 s'`);
    const error = JSON.stringify({
      message: 'late',
      error_class: 'TaskExpiredError',
      context: {},
      attempt: 1,
      retryable: true,
    });
    await parts.database.call('expire_tasks', [error]);
    const explanation = await explain(taskId);
    expect(explanation).toMatchObject({ status: 'error' });
    expect(kinds(explanation.reasons)).toEqual(['expired']);
    expect(explanation.reasons[0]!.detail).toMatch(/^The max_duration_seconds of the task \(60\) ran out at 20/);
    expect(actions(explanation)).toEqual(['retry', 'resolve']);
    await expectSameWords(taskId);
    await parts.client.retryTask(taskId);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });
});

describe('a step that waits for time', () => {
  it('says until when, for the run_at of its task', async () => {
    await worker('w');
    const runAt = new Date(Date.now() + 3_600_000);
    const taskId = await create('diamond', { runAt });
    const explanation = await explain(taskId);
    expect(explanation.reasons).toMatchObject([{ kind: 'run_at', movedBy: 'time', until: runAt }]);
    expect(explanation.reasons[0]!.detail).toContain(`not to start before ${runAt.toISOString()}`);
    expect(actions(explanation)).toEqual(['wait']);
    await expectSameWords(taskId);
  });

  it('says so once the time has come and nobody has claimed since', async () => {
    const taskId = await create('single', { runAt: new Date(Date.now() + 3_600_000) });
    await parts.rows(`update tasker.step set due_at = now() - interval '1 s'`);
    const { reasons } = await explain(taskId);
    expect(kinds(reasons)).toEqual(['no_worker', 'run_at']);
    expect(reasons[1]!.detail).toMatch(/^It was due at \S+Z: the next claim of a worker takes it\.$/);
  });

  it('says until when, of a retry, what failed, and that it may be tried now', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await hand.fail(await claimed(hand), 60_000, 'the bank is busy');
    const explanation = await explain(taskId);
    const { nextRetryAt } = await parts.client.getStep(taskId, 'only');
    expect(explanation.reasons).toMatchObject([
      { kind: 'backoff', until: nextRetryAt, movedBy: 'time', steps: ['only'] },
    ]);
    expect(explanation.reasons[0]!.detail).toBe(
      `Attempt 1 of 3 failed with E1 (the bank is busy); the next one is due at ${nextRetryAt!.toISOString()}.`,
    );
    expect(stepOf(explanation, 'only').errors).toMatchObject([
      { attempt: 1, outcome: 'failed', message: 'the bank is busy', errorCode: 'E1' },
    ]);
    expect(actions(explanation)).toEqual(['wait', 'retry_step']);
    await expectSameWords(taskId);
    await parts.client.retryStep(taskId, 'only');
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker']);
  });
});

describe('a step that waits for others', () => {
  it('says for which parents, and which steps hold it in the end', async () => {
    const taskId = await create('branches');
    const hand = await worker('w');
    const steps = await hand.claim(2);
    await hand.fail(
      steps.find(({ stepNo }) => stepNo === 0)!,
      null,
      'the card is declined',
    );
    const explanation = await explain(taskId);
    expect(stepOf(explanation, 'last').reasons).toMatchObject([
      {
        kind: 'dependencies',
        detail: 'It waits for 1 of 1 parent: both (pending).',
        blockedBy: [
          { type: 'step', name: 'bad' },
          { type: 'step', name: 'good' },
        ],
      },
    ]);
    expect(stepOf(explanation, 'alone').reasons[0]!.blockedBy.map(({ name }) => name)).toEqual(['good']);
    expect(explanation.reasons).toMatchObject([
      { kind: 'failed', steps: ['bad'], holds: 2 },
      { kind: 'running', steps: ['good'], holds: 3 },
    ]);
    expect(explanation.steps.map(({ name }) => name)).toEqual(['bad', 'good', 'both', 'last', 'alone']);
    expect(explanation.summary).toContain('2 steps wait for that. There is 1 more reason.');
    await expectSameWords(taskId);
  });

  it('says that nobody would take it either', async () => {
    const taskId = await create('diamond');
    expect(kinds(stepOf(await explain(taskId), 'd').reasons)).toEqual(['dependencies', 'no_worker']);
  });

  it('says who has the places of its task', async () => {
    const taskId = await create('line');
    const hand = await worker('w');
    await parts.database.call('admit_steps', [[taskId]]);
    await claimed(hand);
    const explanation = await explain(taskId);
    expect(stepOf(explanation, 'b').reasons).toMatchObject([
      { kind: 'task_limit', detail: expect.stringContaining('execution_mode: sequential'), blockedBy: [{ name: 'a' }] },
    ]);
    expect(kinds(explanation.reasons)).toEqual(['task_limit', 'running']);
    await expectSameWords(taskId);
  });

  it('says which tasks have the places of its template, and how many come before', async () => {
    const ids = [await create('places'), await create('places'), await create('places')];
    const hand = await worker('w');
    await parts.database.call('admit_steps', [ids]);
    await claimed(hand);
    const second = await explain(ids[1]!);
    expect(kinds(second.reasons)).toEqual(['template_limit']);
    expect(second.reasons[0]).toMatchObject({
      detail: expect.stringContaining('At most 1 task of default.places') as string,
      blockedBy: [{ type: 'task', id: ids[0] }],
    });
    const third = await explain(ids[2]!);
    expect(kinds(third.reasons)).toEqual(['template_limit', 'outranked']);
    expect(third.reasons[1]!.detail).toBe('1 task of the same template comes before it, by priority and age.');
    expect(actions(third)).toEqual(['wait', 'raise_priority', 'raise_limit']);
    await expectSameWords(ids[2]!);
  });

  it('says which steps of other tasks have the permits of its template, and how many come before', async () => {
    const ids = [await create('permits'), await create('permits'), await create('permits')];
    const hand = await worker('w');
    await parts.database.call('admit_steps', [ids]);
    await claimed(hand);
    const holder = await parts.client.getStep(ids[0]!, 'only');
    const third = await explain(ids[2]!);
    expect(kinds(third.reasons)).toEqual(['template_limit', 'outranked']);
    expect(third.reasons[0]).toMatchObject({
      detail: expect.stringContaining('At most 1 step of default.permits') as string,
      blockedBy: [{ type: 'step', id: holder.stepId, name: 'only' }],
    });
    expect(third.reasons[1]!.detail).toBe('1 step of the same template comes before it, by priority and age.');
    await expectSameWords(ids[2]!);
  });
});

describe('a step whose system is left alone', () => {
  const circuit = (state: string, more = 'null, null, null') =>
    parts.rows(
      `insert into tasker.circuit (dependent_system, state, failures, opened_at, probe_at, error_code, probe_task, probe_step, probe_attempt)
       values ('bank', '${state}', 5, now(), now() + interval '30 s', 'BANK_DOWN', ${more})`,
    );
  beforeEach(() => parts.rows(`update tasker.handler set circuit = 'bank' where name = 'Pay'`));

  it('says that its circuit is open, and until when', async () => {
    const taskId = await create('payment');
    await worker('w');
    await circuit('open');
    const explanation = await explain(taskId);
    expect(explanation.reasons).toMatchObject([
      {
        kind: 'circuit',
        movedBy: 'deployment',
        until: expect.any(Date) as Date,
        blockedBy: [{ type: 'system', name: 'bank' }],
      },
    ]);
    expect(explanation.reasons[0]!.detail).toMatch(
      /^The circuit of bank is open: 5 attempts in a row failed, the last with BANK_DOWN\. One step tries it again at 20/,
    );
    expect(actions(explanation)).toEqual(['wait', 'mend_system']);
    await expectSameWords(taskId);
  });

  it('says that another step is trying whether it is back', async () => {
    const prober = await create('payment');
    const taskId = await create('payment');
    await claimed(await worker('w'));
    await circuit('half_open', `'${prober}', 0, 1`);
    const { reasons } = await explain(taskId);
    expect(kinds(reasons)).toEqual(['circuit']);
    expect(reasons[0]!.detail).toContain('is half open');
  });
});

describe('a step that runs', () => {
  it('says at which worker, since when, and when it times out', async () => {
    const taskId = await create('payment');
    await claimed(await worker('w'));
    const explanation = await explain(taskId);
    const { startedAt } = await parts.client.getStep(taskId, 'pay');
    const until = new Date(startedAt!.getTime() + 30_000);
    expect(explanation.reasons).toMatchObject([
      { kind: 'running', since: startedAt, until, movedBy: 'time', blockedBy: [{ type: 'worker', name: 'w' }] },
    ]);
    expect(explanation.reasons[0]!.detail).toBe(
      `Attempt 1 of 3 runs at worker w since ${startedAt!.toISOString()}; it times out at ${until.toISOString()}.`,
    );
    expect(actions(explanation)).toEqual(['wait', 'complete_step', 'skip_step', 'cancel_step']);
    await expectSameWords(taskId);
  });

  it('says that its worker gives no sign of life, and when it is taken for dead', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await claimed(hand);
    await change(hand.id, `seen_at = now() - interval '6 s'`);
    const explanation = await explain(taskId);
    expect(kinds(explanation.reasons)).toEqual(['worker_silent', 'running']);
    const [silent] = explanation.reasons;
    expect(silent!.until!.getTime() - silent!.since!.getTime()).toBe(10_000);
    await change(hand.id, `seen_at = now() - interval '1 hour'`);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['no_worker', 'worker_silent', 'running']);
    await worker('another');
    expect(kinds((await explain(taskId)).reasons)).toEqual(['worker_silent', 'running']);
    await change(hand.id, `state = 'lost'`);
    expect((await explain(taskId)).reasons[0]).toMatchObject({
      kind: 'worker_silent',
      detail: 'Worker w, which ran it, is lost: the step is about to be taken back.',
    });
  });

  it('says that the event loop of its worker does not turn, or that it is shutting down', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await claimed(hand);
    await change(hand.id, `blocked_since = now()`);
    const explanation = await explain(taskId);
    expect(kinds(explanation.reasons)).toEqual(['worker_blocked', 'running']);
    expect(actions(explanation)).toContain('restart_worker');
    await change(hand.id, `blocked_since = null, state = 'draining'`);
    expect((await explain(taskId)).reasons[0]!.detail).toContain('w is shutting down, and finishes or releases it.');
  });

  it('counts attempts as an operator has them: those before a retry by hand do not count', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await hand.fail(await claimed(hand), null);
    await parts.client.retryStep(taskId, 'only', { retryLimit: 5 });
    await claimed(hand);
    expect((await explain(taskId)).reasons[0]!.detail).toMatch(/^Attempt 1 of 5 runs/);
  });
});

describe('a task that has come to rest', () => {
  it('says in error which step failed with what, attempt by attempt, and what would repair it', async () => {
    const taskId = await create('diamond');
    const hand = await worker('w');
    for (const delay of [0, 0, null]) {
      const first = await claimed(hand);
      await hand.fail(first, delay, `try ${first.attempt}`);
    }
    const explanation = await explain(taskId);
    expect(explanation.status).toBe('error');
    expect(explanation.reasons).toMatchObject([{ kind: 'failed', steps: ['a'], holds: 3, movedBy: 'operator' }]);
    expect(explanation.reasons[0]!.detail).toBe(
      'Attempt 3 of 3 failed with E1 (try 3), and no further attempt is made: it waits for a repair.',
    );
    expect(stepOf(explanation, 'a').errors.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'try 1'],
      [2, 'try 2'],
      [3, 'try 3'],
    ]);
    await expectSameWords(taskId);
    expect(actions(explanation)).toEqual([
      'retry_step',
      'retry',
      'resolve',
      'resolve_step',
      'complete_step',
      'skip_step',
      'cancel_step',
    ]);
  });

  it('says who cancelled it, and that nothing moves it any more', async () => {
    const taskId = await create('single');
    await parts.client.cancelTask(taskId, { actor: 'ann', reason: 'ordered twice' });
    const explanation = await explain(taskId);
    expect(explanation).toMatchObject({ status: 'cancelled', steps: [], whatMovesIt: [] });
    expect(explanation.reasons).toMatchObject([
      {
        kind: 'cancelled',
        detail: expect.stringMatching(/^It was cancelled at \S+Z by ann \(ordered twice\)/) as string,
      },
    ]);
  });

  it('says who settled it by hand', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await hand.fail(await claimed(hand), null);
    await parts.client.resolveTask(taskId, { actor: 'bob', reason: 'paid in cash' });
    expect((await explain(taskId)).reasons).toMatchObject([
      { kind: 'resolved_manually', detail: expect.stringContaining('by bob (paid in cash)') as string },
    ]);
  });

  it('says of one that is complete that nothing is left to do', async () => {
    const taskId = await create('diamond');
    await (await worker('w')).runAll();
    const explanation = await explain(taskId);
    expect(explanation).toMatchObject({ status: 'complete', steps: [], whatMovesIt: [] });
    expect(kinds(explanation.reasons)).toEqual(['complete']);
  });

  it('says that it is about to end where nothing of it moves and nobody has ended it yet', async () => {
    const taskId = await create('single');
    const hand = await worker('w');
    await hand.fail(await claimed(hand), null);
    await parts.rows(`update tasker.task set state = 'in_progress', finished_at = null`);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['failed', 'settling']);
    await parts.database.call('settle_stalled_tasks', []);
    expect(kinds((await explain(taskId)).reasons)).toEqual(['failed']);
  });
});

describe('an explanation', () => {
  it('waits for no lock', async () => {
    const taskId = await create('single');
    await parts.database.transaction(async (db) => {
      await db.query('lock table tasker.task, tasker.step, tasker.worker in exclusive mode');
      expect((await explain(taskId)).status).toBe('pending');
    });
  });

  it('is of one step where one is asked for, and still says what holds the task', async () => {
    const taskId = await create('diamond');
    const explanation = await explain(taskId, { step: 'd' });
    expect(explanation.steps.map(({ name }) => name)).toEqual(['d']);
    expect(explanation).toMatchObject({ stepsLeftOut: 3, reasons: [{ kind: 'no_worker', steps: ['a'], holds: 3 }] });
    const { stepId } = await parts.client.getStep(taskId, 'd');
    expect((await explain(taskId, { step: stepId })).steps).toEqual(explanation.steps);
  });

  it('refuses what does not exist and what is no limit', async () => {
    const taskId = await create('single');
    await expect(explain('01890a5d-ac96-774b-bcce-b302099a8057')).rejects.toMatchObject({ code: 'task_not_found' });
    await expect(explain(taskId, { step: 'onyl' })).rejects.toMatchObject({
      code: 'step_not_found',
      message: expect.stringContaining('Did you mean "only"?') as string,
    });
    for (const limit of [0, 2_001, 1.5]) {
      await expect(explain(taskId, { limit })).rejects.toMatchObject({ code: 'request_invalid' });
    }
  });

  it('says one thing once, however many steps it concerns', async () => {
    const taskId = await create('strict');
    const { reasons, summary } = await explain(taskId);
    expect(reasons).toMatchObject([{ kind: 'no_worker', steps: ['bad', 'slow', 'other'], stepCount: 3, holds: 1 }]);
    expect(summary).toContain(
      'bad and 2 others: No live worker claims steps of the handler "Work". 1 step waits for that.',
    );
  });
});
