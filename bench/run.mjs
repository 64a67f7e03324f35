import { parseArgs } from 'node:util';
import { machineOf } from './report/machine.mjs';
import { RESULTS, writeReport } from './report/write.mjs';
import { loadScenario, SCENARIOS } from './scenarios/scenario.mjs';
import { startServer } from './server.mjs';
import { WORKLOADS } from './workloads.mjs';

const HELP = `npm run bench -- [options]
  --scenario workers  one of: ${SCENARIOS.join(', ')}
  --peers             the same as --scenario peers
  --only W1,W3        workloads: ${Object.keys(WORKLOADS).join(', ')}
  --workload memory   one workload
  --reps 3            repetitions, in alternating rounds; medians are shown
  --share 0.05        of every workload's tasks: to see that it works, not how fast
  --tracing           with 10 % of the tasks traced (workloads of Tasker)
  --systems dbos      of the peers' table: tasker, pgbench, or files of bench/peers
  --seconds, --minutes, --millions 0,1,10   of the scenarios that say so
  --name today        of the files in bench/results; without it the scenario's name, for workloads the time
  --json              print the figures as JSON instead of the table
  --profile           write a CPU profile of each worker to bench/results/profiles
  --set jit=on        a setting of the database server, may be repeated
BENCH_DATABASE_URL names a server to use instead of one of our own; its user may create databases.`;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    workload: { type: 'string' },
    reps: { type: 'string', default: '3' },
    share: { type: 'string', default: '1' },
    tracing: { type: 'boolean', default: false },
    systems: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    millions: { type: 'string', default: '0,1,10' },
    name: { type: 'string' },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

const name = values.scenario ?? (values.peers ? 'peers' : SCENARIOS[0]);
const only = (values.workload ?? values.only)?.split(',') ?? null;
const mistake = mistakeOf();
if (values.help || mistake) {
  console.log([...(mistake ? [mistake] : []), HELP, ...(await scenarioHelp())].join('\n'));
  process.exitCode = mistake ? 2 : 0;
} else {
  await run();
}

function mistakeOf() {
  if (!SCENARIOS.includes(name)) return `There is no scenario ${name}.`;
  const unknown = (only ?? []).filter((workload) => !(workload in WORKLOADS));
  if (unknown.length > 0) return `There is no workload ${unknown.join(', ')}.`;
  if (!Number.isInteger(Number(values.reps)) || Number(values.reps) < 1) return '--reps is a whole number, 1 at least.';
  for (const option of /** @type {const} */ (['share', 'seconds', 'minutes'])) {
    const value = values[option];
    if (value !== undefined && !(Number(value) > 0)) return `--${option} is a number above 0.`;
  }
  return null;
}

async function run() {
  const scenario = await loadScenario(name);
  const server = await startServer(Object.fromEntries(values.set.map((setting) => setting.split(/=(.*)/s))));
  // A server of our own is in a session of its own, and would stay.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void server.stop().finally(() => process.exit(1)));
  }
  try {
    const reps = Number(values.reps);
    const {
      trials,
      systems = [],
      notes = [],
    } = await scenario.run({
      server,
      reps,
      only,
      share: Number(values.share),
      profiles: values.profile ? `${RESULTS}/profiles` : undefined,
      options: {
        seconds: numberOf(values.seconds),
        minutes: numberOf(values.minutes),
        millions: values.millions.split(',').map(Number),
        systems: values.systems?.split(',') ?? null,
        tracing: values.tracing,
      },
    });
    const { title, columns } = scenario;
    const on = machineOf(server);
    if (values.share !== '1') notes.push(`Only ${values.share} of every workload's tasks: no measurement.`);
    const { markdown, json, files } = await writeReport(
      fileName(),
      { title, on, reps, columns, systems, notes },
      trials,
    );
    console.log(values.json ? json : `\n${markdown}\n${files.join('\n')}`);
  } finally {
    await server.stop();
  }
}

/** @param {string | undefined} text */
function numberOf(text) {
  return text === undefined ? undefined : Number(text);
}

/** Runs of the workloads alone are many; of the others, the last one is kept. */
function fileName() {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return values.name ?? (name === SCENARIOS[0] || values.share !== '1' ? time : name);
}

async function scenarioHelp() {
  const all = await Promise.all(SCENARIOS.map(async (each) => [each, (await loadScenario(each)).help]));
  return ['Scenarios:', ...all.map(([each, help]) => `  ${each.padEnd(18)}${help}`)];
}
