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
 * Seconds of processor time of a server and its children, those that have exited included.
 *
 * @param {number | null} server - its process: of PostgreSQL, the postmaster
 */
export function serverSeconds(server) {
  if (server === null) return null;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const times = timesOf(pid);
    if (Number(pid) === server) ticks += times.own + times.exitedChildren;
    else if (times.parent === server) ticks += times.own;
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

/**
 * What this process and the server have used up to now.
 *
 * @param {RoundTrips | null} trips - null where they are not counted
 * @param {number | null} serverPid
 * @returns {Record<'at' | 'node', number> & Record<'server' | 'roundTrips', number | null> & Record<string, any>}
 */
export const readProcess = (trips, serverPid) => ({
  // comparable between processes
  at: performance.timeOrigin + performance.now(),
  node: ownSeconds(),
  server: serverSeconds(serverPid),
  roundTrips: trips?.count ?? null,
});

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
