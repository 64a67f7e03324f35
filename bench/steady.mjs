import { startChild } from './child.mjs';
import { together } from './figures.mjs';

const WAVE = 5_000;

/**
 * Keeps one worker busy: waves of tasks, so that there is always something to do and never much.
 *
 * @param {import('./trial.mjs').TrialTask} task
 * @param {import('./child.mjs').ChildOptions} options
 * @param {{ tasks: number } | { seconds: number }} amount
 */
export async function steadyLoad(task, options, amount) {
  /** @type {{ at: number, completed: number, rss: number }[]} */
  const samples = [];
  let completed = 0;
  let submitted = Infinity;
  const wave = 'tasks' in amount ? Math.min(WAVE, amount.tasks) : WAVE;
  const submitter = startChild('submit-process.mjs', { ...task, ...amount, wave }, { tracing: options.tracing });
  const worker = startChild(
    'drain-process.mjs',
    { ...task, told: true },
    {
      ...options,
      onMessage: (/** @type {any} */ message) => {
        completed = message.completed ?? completed;
        if (message.at && message.rss) samples.push(message);
        submitter.send(completed);
        endIfDone();
      },
    },
  );
  const endIfDone = () => {
    if (completed >= submitted) worker.send('enough');
  };
  submitted = await Promise.race([submitter.result().then((result) => result.submitted), worker.result()]);
  endIfDone();
  return { samples, submitted, cost: together([await worker.result()]) };
}
