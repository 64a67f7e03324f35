import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, medianOf, memoryReport, table } from './report.mjs';
import { startServer } from './server.mjs';
import { runTrial } from './trial.mjs';
import { WORKLOADS } from './workloads.mjs';

const HELP = `npm run bench -- [options]
  --only W1,W3        workloads; without it all but memory: ${Object.keys(WORKLOADS).join(', ')}
  --workload memory   one workload
  --reps 3            repetitions, in alternating rounds; medians are shown
  --name today        of the file in bench/results; the time without it
  --json              print the file's content instead of the table
  --profile           write a CPU profile of each worker to bench/results/profiles
  --set jit=on        a setting of the database server, may be repeated
BENCH_DATABASE_URL names a server to use instead of one of our own; its user may create databases.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    workload: { type: 'string' },
    reps: { type: 'string', default: '3' },
    name: { type: 'string', default: new Date().toISOString().slice(0, 19).replaceAll(':', '-') },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

const RESULTS = join(import.meta.dirname, 'results');
const chosen =
  (values.workload ?? values.only)?.split(',') ?? Object.keys(WORKLOADS).filter((name) => name !== 'memory');
const unknown = chosen.filter((name) => !(name in WORKLOADS));
const reps = Number(values.reps);
const mistaken = unknown.length > 0 || !Number.isInteger(reps) || reps < 1;

if (values.help || mistaken) {
  console.log(unknown.length > 0 ? `There is no workload ${unknown.join(', ')}.\n${HELP}` : HELP);
  process.exitCode = mistaken ? 2 : 0;
} else {
  await run();
}

async function run() {
  const profiles = values.profile ? join(RESULTS, 'profiles') : undefined;
  mkdirSync(profiles ?? RESULTS, { recursive: true });
  const server = await startServer(Object.fromEntries(values.set.map((setting) => setting.split(/=(.*)/s))));
  // A server of our own is in a session of its own, and would stay.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void server.stop().finally(() => process.exit(1)));
  }
  try {
    /** @type {Record<string, import('./report.mjs').Trial[]>} */
    const trials = Object.fromEntries(chosen.map((name) => [name, []]));
    for (let rep = 1; rep <= reps; rep++) {
      for (const name of chosen) {
        if (WORKLOADS[name].kind === 'memory' && rep > 1) continue;
        const trial = await runTrial({ server, profiles }, name);
        trials[name].push(trial);
        console.error(`${name} ${rep}/${reps}: ${WORKLOADS[name].title}: ${trial.rate.toFixed(0)} steps/s`);
      }
    }
    report(machine(server), trials);
  } finally {
    await server.stop();
  }
}

/** @param {ReturnType<typeof machine>} on @param {Record<string, import('./report.mjs').Trial[]>} trials */
function report(on, trials) {
  const medians = Object.fromEntries(Object.entries(trials).map(([name, all]) => [name, medianOf(all)]));
  const content = JSON.stringify({ on, reps, medians, trials }, null, 2);
  const file = join(RESULTS, `${values.name}.json`);
  writeFileSync(file, `${content}\n`);
  if (values.json) {
    console.log(content);
    return;
  }
  console.log(`\n${on.cores} × ${on.processor}, Node ${on.node}, PostgreSQL ${on.postgresql}, medians of ${reps}\n`);
  console.log(table(trials));
  for (const trial of trials.memory ?? []) console.log(memoryReport(trial));
  console.log(`\n${file}`);
}
