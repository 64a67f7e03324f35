import { tasker } from '../package-under-test.mjs';
import { startChild } from '../child.mjs';
import { readServer, serverSeconds } from '../measure.mjs';
import { inRounds } from './rounds.mjs';

const SECONDS = 30;

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker with nothing to do',
  help: `statements and processor time of ${SECONDS} idle seconds (--seconds): PostgreSQL alone, with a process of the role api, with a worker too; two minutes for each repetition`,
  columns: ['statementsPerSecond', 'commitsPerSecond', 'nodePercent', 'serverPercent', 'rss'],
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const cases = [
      { variant: 'PostgreSQL alone', roles: [] },
      { variant: 'api, no worker', roles: ['api'] },
      { variant: 'api and one worker', roles: ['api', 'worker'] },
    ];
    const trials = await inRounds(
      bench.reps,
      cases.map(({ variant, roles }) => ({ workload: 'idle', variant, run: () => rest(bench.server, roles, seconds) })),
    );
    return {
      trials,
      notes: [
        'Each role in a process of its own. Statements are those of its main thread; the heartbeat of a worker has a thread and a connection of its own and shows in commits/s. 100 % is one core.',
      ],
    };
  },
};

/** @param {import('../server.mjs').Server} server @param {string[]} roles @param {number} seconds */
async function rest(server, roles, seconds) {
  const database = await server.createDatabase();
  try {
    const { url } = database;
    await tasker.migrateDatabase(url);
    const processes = roles.map((role) => startChild('idle-process.mjs', { url, workload: 'W1', roles: [role] }));
    await Promise.all(processes.map((one) => one.started()));
    const commits = (await readServer(url)).commits;
    const used = serverSeconds(server.pid);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const usedSince = used === null ? null : /** @type {number} */ (serverSeconds(server.pid)) - used;
    const commitsSince = (await readServer(url)).commits - commits;
    for (const one of processes) one.send('enough');
    const results = await Promise.all(processes.map((one) => one.result()));
    const perSecond = (/** @type {string} */ key) =>
      results.reduce((all, { begun, ended }) => all + (ended[key] - begun[key]) / ((ended.at - begun.at) / 1000), 0);
    return {
      statementsPerSecond: perSecond('roundTrips'),
      commitsPerSecond: commitsSince / seconds,
      nodePercent: perSecond('node') * 100,
      serverPercent: usedSince === null ? null : (usedSince / seconds) * 100,
      rss: results.reduce((all, { rss }) => all + rss, 0),
    };
  } finally {
    await database.drop();
  }
}
