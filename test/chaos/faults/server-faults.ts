import { Client } from 'pg';
import type { Arena } from './arena.js';
import type { Fault } from './fault.js';

const MOST_SESSIONS = 200;

const stopped: Fault = {
  name: 'stopped-database',
  part: 'server',
  does: 'PostgreSQL is shut down, and started after a while',
  lastsMs: [1_000, 8_000],
  async inject(arena) {
    await arena.cluster.halt('fast');
    return () => arena.serverBack();
  },
};

const restarted: Fault = {
  name: 'restarted-database',
  part: 'server',
  does: 'PostgreSQL is shut down and started at once',
  lastsMs: [0, 0],
  async inject(arena) {
    await arena.cluster.halt('fast');
    return () => arena.serverBack();
  },
};

const killed: Fault = {
  name: 'killed-database',
  part: 'server',
  does: 'SIGKILL to PostgreSQL, or to one of its sessions, at which it drops all others and recovers',
  lastsMs: [0, 3_000],
  async inject(arena, chance) {
    arena.crashes += 1;
    const [session] =
      chance.whole(0, 1) === 1 ? await arena.sessions(`application_name = 'tasker'`).catch(() => []) : [];
    if (session) process.kill(session.pid, 'SIGKILL');
    else await arena.cluster.halt('kill');
    return () => arena.serverBack();
  },
};

const fullDisk: Fault = {
  name: 'full-disk',
  part: 'server',
  does: 'nothing more can be written to the disk of PostgreSQL, sometimes not even its log, at which it crashes',
  lastsMs: [2_000, 6_000],
  obstacle: ({ disk }) => (typeof disk === 'string' ? disk : null),
  async inject(arena, chance) {
    const { disk } = arena;
    if (typeof disk === 'string') throw new Error(disk);
    arena.crashes += 1;
    disk.fill();
    if (chance.whole(0, 1) === 1) await arena.stage.query('select pg_switch_wal()').catch(() => undefined);
    return async () => {
      disk.free();
      await arena.serverBack();
    };
  },
};

const refused: Fault = {
  name: 'exhausted-connections',
  part: 'server',
  does: 'others have taken every connection that PostgreSQL allows, and the workers lose theirs',
  lastsMs: [1_000, 5_000],
  async inject(arena) {
    const hogs: Client[] = [];
    const more = await takeAll(arena, hogs);
    for (const way of more ? arena.ways : []) way.breakAll();
    await takeAll(arena, hogs);
    return async () => {
      await Promise.all(hogs.map((hog) => hog.end().catch(() => undefined)));
    };
  },
};

/** Connects until the server refuses. @returns whether it does */
async function takeAll({ cluster }: Arena, hogs: Client[]): Promise<boolean> {
  while (hogs.length < MOST_SESSIONS) {
    const hog = new Client({
      connectionString: cluster.url,
      application_name: 'chaos hog',
      connectionTimeoutMillis: 2_000,
    });
    hog.on('error', () => undefined);
    try {
      await hog.connect();
    } catch {
      return true;
    }
    hogs.push(hog);
  }
  return false;
}

export const SERVER_FAULTS: readonly Fault[] = [stopped, restarted, killed, fullDisk, refused];
