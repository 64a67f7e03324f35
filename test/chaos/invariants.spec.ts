import { startClient, HandWorker, request, type ClientParts } from '../support/client-parts.js';
import { violations } from '../support/invariants.js';

/** What happens to the database behind the engine's back, and what the checker says of it. */
const CORRUPTIONS: [what: string, sql: string, complaint: RegExp][] = [
  [
    'a second accepted result',
    `insert into tasker.transition select task_id, now(), step_no, attempt + 1, from_state, to_state, cause, worker_id
     from tasker.transition where cause = 'succeeded' and step_no = 1`,
    /step "b" \(complete\): has 2 accepted results/,
  ],
  [
    'a claim of a complete step',
    `insert into tasker.transition select task_id, now(), step_no, attempt + 1, 'complete', 'in_progress', 'claimed', worker_id
     from tasker.transition where cause = 'succeeded' and step_no = 1`,
    /step "b".*went on after its result was accepted: claimed/,
  ],
  [
    'a move that no step makes',
    `update tasker.transition set from_state = 'waiting_for_retry' where cause = 'claimed' and step_no = 3`,
    /step "d".*goes from waiting_for_retry to in_progress \(claimed, attempt 1\) while it is ready/,
  ],
  [
    'a gap in the attempts',
    `update tasker.transition set attempt = 2 where step_no = 2 and cause in ('claimed', 'succeeded')`,
    /step "c".*start 1 has the number 2/,
  ],
  [
    'a row that is missing',
    `delete from tasker.transition where step_no = 2 and cause = 'succeeded'`,
    /step "c".*attempt 1 never ended/,
  ],
  [
    'a child that started before its parent ended',
    `update tasker.transition set at = at - interval '1 minute' where step_no = 3 and cause = 'claimed'`,
    /step "d".*started \d+.* ms before its parent "[bc]" was satisfied/,
  ],
  [
    'a child that nobody readied in time',
    `update tasker.transition set at = at where step_no = 3 and cause = 'ready'`,
    /step "d".*was made ready by something else than a parent/,
  ],
  [
    'a lost decrement',
    `update tasker.step set state = 'pending', remaining_parents = 1, attempt = 0, result = null where step_no = 3`,
    /step "d": remaining_parents is 1, a recount gives 0/,
  ],
  [
    'a sink that was counted twice',
    `update tasker.task set remaining_sinks = 1, state = 'in_progress'`,
    /remaining_sinks is 1, a recount gives 0/,
  ],
  ['a failure that nobody had', `update tasker.task set failed_steps = 1`, /failed_steps is 1, a recount gives 0/],
  ['a task that never ends', `update tasker.task set state = 'in_progress'`, /has not settled/],
  ['a result that is missing', `update tasker.step set result = null where step_no = 0`, /step "a".*has no result/],
  [
    'a step in the hands of nobody',
    `update tasker.step set state = 'in_progress', result = null where step_no = 0`,
    /step "a".*is in progress in a task that has settled/,
  ],
  [
    'a refused result that moved its step',
    `insert into tasker.transition select task_id, now(), step_no, attempt, 'complete', 'complete', 'refused', worker_id
     from tasker.transition where cause = 'succeeded' and step_no = 1`,
    /step "b".*a refused result of attempt 1 moved it/,
  ],
];

describe('the checker of invariants', () => {
  let parts: ClientParts & { end: () => Promise<void> };

  beforeEach(async () => {
    parts = await startClient();
    await parts.client.createTask(request());
    await (await HandWorker.start(parts.database)).runAll();
  });

  afterEach(() => parts.end());

  it('says nothing of a run that went well', async () => {
    expect(await violations(parts.database.location.url)).toEqual([]);
  });

  it.each(CORRUPTIONS)('complains of %s', async (_what, sql, complaint) => {
    await parts.rows(sql);
    expect((await violations(parts.database.location.url)).join('\n')).toMatch(complaint);
  });
});
