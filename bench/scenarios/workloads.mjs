import { startCollector, traced } from '../collector.mjs';
import { median } from '../figures.mjs';
import { runTrial } from '../trial.mjs';
import { WORKLOADS } from '../workloads.mjs';
import { inRounds } from './rounds.mjs';
import { COST } from './scenario.mjs';

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker, its workloads',
  help: 'W1 to W5 of Tasker alone, three minutes; --only memory for 100,000 tasks, half a minute; --tracing for 10 % traced',
  columns: [...COST, 'rssFirstHalf', 'rssSecondHalf', 'rssMost', 'traceRequests', 'traceBytes'],
  async run(bench) {
    const names = bench.only ?? Object.keys(WORKLOADS).filter((name) => name !== 'memory');
    const { tracing } = bench.options;
    const collector = tracing ? await startCollector() : null;
    try {
      const trials = await inRounds(
        bench.reps,
        names.map((workload) => ({
          workload,
          variant: tracing ? '10 % traced' : '',
          run: () => (collector ? traced(collector, bench, workload) : plain(bench, workload)),
        })),
      );
      return { trials };
    } finally {
      await collector?.stop();
    }
  },
};

/** @param {import('./scenario.mjs').Bench} bench @param {string} workload */
async function plain(bench, workload) {
  const trial = await runTrial(bench, workload, { share: bench.share });
  return 'samples' in trial ? { ...trial, ...residentMemory(trial.samples) } : trial;
}

/** @param {{ rss: number }[]} samples */
function residentMemory(samples) {
  const all = samples.map(({ rss }) => rss);
  const middle = all.length >> 1;
  return {
    rssFirstHalf: median(all.slice(0, middle)),
    rssSecondHalf: median(all.slice(middle)),
    rssMost: Math.max(...all),
  };
}
