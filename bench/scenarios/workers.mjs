import { runTrial } from '../trial.mjs';
import { inRounds } from './rounds.mjs';
import { COST } from './scenario.mjs';

const WORKERS = [1, 2, 4];

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker with one, two and four worker processes',
  help: 'W1, W2, W4 and W5 worked off by 1, 2 and 4 processes; four minutes',
  columns: COST,
  async run(bench) {
    const trials = await inRounds(
      bench.reps,
      (bench.only ?? ['W1', 'W2', 'W4', 'W5']).flatMap((workload) =>
        WORKERS.map((workers) => ({
          workload,
          variant: workers === 1 ? '' : `${workers} worker processes`,
          run: () => runTrial(bench, workload, { share: bench.share, workers }),
        })),
      ),
    );
    return {
      trials,
      notes: [
        'The clock runs from the first claim of any process to the last task of all. Processes start at the same time, and not all of them at once: the first does the more, the shorter the run.',
      ],
    };
  },
};
