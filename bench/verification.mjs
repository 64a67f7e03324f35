import { query } from './server.mjs';

/** The least of all ids. */
export const ALL = '00000000-0000-0000-0000-000000000000';

/**
 * What the database says after a run: every task and step complete, one success each, nothing refused, and results
 * that can only come of every parent's result having arrived.
 *
 * @param {string} url
 * @param {{ tasks: number, steps: number, sum: number }} expected
 * @param {string} [since] - the tasks whose ids, which grow with time, are not below this one
 */
export async function verify(url, { tasks, steps, sum }, since = ALL) {
  const [found] = await query(
    url,
    `select (select count(*)::int from tasker.task where id >= '${since}') as tasks,
            (select count(*)::int from tasker.task where id >= '${since}' and state <> 'complete') as unfinished_tasks,
            (select count(*)::int from tasker.step where task_id >= '${since}') as steps,
            (select count(*)::int from tasker.step where task_id >= '${since}' and (state <> 'complete' or attempt <> 1)) as other_steps,
            (select count(*)::int from tasker.transition where task_id >= '${since}' and cause = 'succeeded' and step_no >= 0) as successes,
            (select count(*)::int from (select from tasker.transition where task_id >= '${since}' and cause = 'succeeded' and step_no >= 0
                                        group by task_id, step_no having count(*) > 1) twice) as repeated,
            (select count(*)::int from tasker.transition where task_id >= '${since}' and cause = 'refused') as refused,
            (select count(*)::int from tasker.step where task_id >= '${since}' and is_sink and (result ->> 'value')::int is distinct from ${sum}) as wrong`,
  );
  const wanted = {
    tasks,
    unfinished_tasks: 0,
    steps: tasks * steps,
    other_steps: 0,
    successes: tasks * steps,
    repeated: 0,
    refused: 0,
    wrong: 0,
  };
  const wrong = Object.entries(wanted).filter(([name, value]) => found[name] !== value);
  if (wrong.length === 0) return;
  const list = wrong.map(([name, value]) => `${name} is ${found[name]}, not ${value}`).join('; ');
  throw new Error(`the run did not do what it should: ${list}`);
}
