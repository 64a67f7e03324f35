import { fillDatabase } from '../filling.mjs';
import { runTrial } from '../trial.mjs';
import { inRounds } from './rounds.mjs';
import { COST } from './scenario.mjs';

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker with old steps in its tables',
  help: 'W1 and W3 on tables with 0, 1 and 10 million finished steps (--millions 0,1,10); a quarter of an hour, 15 GB of disk',
  columns: ['oldSteps', 'megabytes', ...COST],
  async run(bench) {
    const notes = [];
    const cases = [];
    const filled = [];
    try {
      for (const millions of bench.options.millions) {
        const from = performance.now();
        const old = millions === 0 ? null : await fillDatabase(bench.server, millions * 1e6);
        if (old) {
          filled.push(old);
          notes.push(
            `${millions} million: filled in ${((performance.now() - from) / 1000).toFixed(0)} s, ${(old.size / 1e6).toFixed(0)} MB; each run is on a copy.`,
          );
        }
        for (const workload of bench.only ?? ['W1', 'W3']) {
          cases.push({
            workload,
            variant: millions === 0 ? '' : `${millions} million old steps`,
            run: async () => ({
              oldSteps: old?.steps ?? 0,
              megabytes: old?.size,
              ...(await runTrial(bench, workload, { share: bench.share, template: old?.name, since: old?.since })),
            }),
          });
        }
      }
      return { trials: await inRounds(bench.reps, cases), notes };
    } finally {
      for (const old of filled) await old.drop();
    }
  },
};
