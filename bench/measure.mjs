import { readdirSync, readFileSync } from 'node:fs';
import { pg } from './package-under-test.mjs';
import { query } from './server.mjs';

const TICKS_PER_SECOND = 100;

/** Requests that this process's main thread sends to PostgreSQL: each is one round trip. */
export class RoundTrips {
  count = 0;
  /** Called before the first request that settles or claims. */
  onFirstClaim = () => {};

  start() {
    const { prototype } = pg.Client;
    const { query: original } = prototype;
    const trips = this;
    let claimed = false;
    prototype.query = function (/** @type {any[]} */ ...args) {
      if (!claimed && /\badvance"?\(/.test(args[0]?.text ?? args[0])) {
        claimed = true;
        trips.onFirstClaim();
      }
      trips.count++;
      return original.apply(this, args);
    };
  }
}

/** Seconds of processor time of this process, all of its threads. */
function ownSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Seconds of processor time of a postmaster and its children, those that have exited included.
 *
 * @param {number | null} postmaster
 */
export function serverSeconds(postmaster) {
  if (postmaster === null) return null;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const times = timesOf(pid);
    if (Number(pid) === postmaster) ticks += times.own + times.exitedChildren;
    else if (times.parent === postmaster) ticks += times.own;
  }
  return ticks / TICKS_PER_SECOND;
}

/** @param {string} pid */
function timesOf(pid) {
  try {
    // The name of the program, in parentheses, may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const number = (/** @type {number} */ field) => Number(fields[field - 3]);
    return { parent: number(4), own: number(14) + number(15), exitedChildren: number(16) + number(17) };
  } catch {
    return { parent: 0, own: 0, exitedChildren: 0 };
  }
}

/** @param {RoundTrips} trips @param {number | null} postmaster */
export const readProcess = (trips, postmaster) => ({
  at: performance.now(),
  node: ownSeconds(),
  server: serverSeconds(postmaster),
  roundTrips: trips.count,
});

/** What happened between two readings. @param {ReturnType<typeof readProcess>} from @param {ReturnType<typeof readProcess>} to */
export function between(from, to) {
  const seconds = (to.at - from.at) / 1000;
  return {
    seconds,
    nodeSeconds: to.node - from.node,
    serverSeconds: to.server === null ? null : to.server - /** @type {number} */ (from.server),
    roundTrips: to.roundTrips - from.roundTrips,
    rss: process.memoryUsage.rss(),
  };
}

/** Commits and log of the server. Backends report when they end: read while none is at work. @param {string} url */
export async function readServer(url) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  const [row] = await query(
    url,
    `select xact_commit::float8 as commits, (pg_current_wal_insert_lsn() - '0/0')::float8 as log
     from pg_stat_database where datname = current_database()`,
  );
  return /** @type {{ commits: number, log: number }} */ (row);
}
