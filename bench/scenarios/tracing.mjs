import { startCollector, traced } from '../collector.mjs';
import { runTrial } from '../trial.mjs';
import { inRounds } from './rounds.mjs';
import { COST } from './scenario.mjs';

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker with a tenth of its tasks traced',
  help: 'W1, W2, W3 and W5 without tracing and with 10 % of the tasks traced, events on in both; two minutes',
  columns: [...COST, 'traceRequests', 'traceBytes'],
  async run(bench) {
    const collector = await startCollector();
    try {
      const trials = await inRounds(
        bench.reps,
        (bench.only ?? ['W1', 'W2', 'W3', 'W5']).flatMap((workload) => [
          { workload, run: () => runTrial(bench, workload, { share: bench.share }) },
          { workload, variant: '10 % traced', run: () => traced(collector, bench, workload) },
        ]),
      );
      return { trials, notes: ['Traces go to a collector on the same machine, which only reads them.'] };
    } finally {
      await collector.stop();
    }
  },
};
