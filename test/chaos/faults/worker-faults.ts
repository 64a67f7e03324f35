import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Arena } from './arena.js';
import type { Fault } from './fault.js';
import type { Place } from './place.js';

const HOUR_MS = 3_600_000;
/** A worker is silent for four seconds before anybody rescues its steps, and is looked for every second or so. */
const RESCUE_MS = 20_000;
const LOOK_MS = 20;

const killedWorker: Fault = {
  name: 'killed-worker',
  part: 'worker',
  does: 'SIGKILL to one or two of three workers; others start in their places',
  lastsMs: [0, 3_000],
  async inject({ places }, chance) {
    const victims = chance.shuffled(places).slice(0, chance.whole(1, 2));
    await Promise.all(victims.map((place) => place.kill()));
    return () => fillAll(victims);
  },
};

const frozenWorker: Fault = {
  name: 'frozen-worker',
  part: 'worker',
  does: 'SIGSTOP to a worker, for less or for longer than it may be silent, and SIGCONT',
  lastsMs: [500, 9_000],
  async inject({ places }, chance) {
    const { worker } = chance.pick(places);
    worker.signal('SIGSTOP');
    return async () => worker.signal('SIGCONT');
  },
};

const rescuerKilled: Fault = {
  name: 'killed-rescuer',
  part: 'worker',
  does: 'SIGKILL to a worker, and then to the one that is just rescuing its steps; sometimes its session ends too',
  lastsMs: [0, 1_000],
  async inject(arena, chance) {
    const victim = chance.pick(arena.places);
    const alsoItsSession = chance.whole(0, 1) === 1;
    const holder = await holdRow(arena, victim);
    try {
      await victim.kill();
      const rescue = await waitingRescue(arena);
      // where the database is away too, nobody rescues anything
      const rescuer = rescue && arena.placeAt(rescue.port);
      if (rescue && alsoItsSession) await arena.stage.query('select pg_terminate_backend($1)', [rescue.pid]);
      await rescuer?.kill();
      return () => fillAll(rescuer ? [victim, rescuer] : [victim]);
    } finally {
      await holder?.end().catch(() => undefined);
    }
  },
};

/** Locks the row of a worker, at which whoever declares it lost has to wait. */
async function holdRow({ cluster }: Arena, { worker }: Place): Promise<Client | null> {
  const db = new Client({ connectionString: cluster.url, application_name: 'chaos holder' });
  db.on('error', () => undefined);
  try {
    await db.connect();
    await db.query('begin');
    await db.query(`select from tasker.worker where pid = $1 and state = 'live' for update`, [worker.pid]);
    return db;
  } catch {
    return null;
  }
}

async function waitingRescue(arena: Arena): Promise<{ pid: number; port: number } | null> {
  const rescues = `query like '%rescue_workers%' and wait_event_type = 'Lock'`;
  for (const deadline = Date.now() + RESCUE_MS; Date.now() < deadline;) {
    const [rescue] = await arena.sessions(rescues).catch(() => []);
    if (rescue) return rescue;
    await delay(LOOK_MS);
  }
  return null;
}

const clockJump = (name: string, does: string, sign: 1 | -1): Fault => ({
  name,
  part: 'worker',
  does,
  lastsMs: [2_000, 5_000],
  async inject({ places }, chance) {
    const { worker } = chance.pick(places);
    worker.tell({ shiftMs: sign * chance.pick([10_000, 2 * 60_000, HOUR_MS, 72 * HOUR_MS]) });
    return async () => worker.tell({ shiftMs: 0 });
  },
});

const blockedLoop: Fault = {
  name: 'blocked-event-loop',
  part: 'load',
  does: 'handlers that block the event loop of some workers for longer than a worker may be silent',
  lastsMs: [6_000, 6_500],
  async inject({ load }, chance) {
    await load.create('hog', chance.whole(1, 3));
    return async () => undefined;
  },
};

const exhaustedPool: Fault = {
  name: 'exhausted-pool',
  part: 'load',
  does: 'more handlers with a transaction than the pools of the workers have connections',
  lastsMs: [1_000, 3_000],
  async inject({ load }, chance) {
    await load.create('hoarder', chance.whole(20, 40));
    return async () => undefined;
  },
};

const fillAll = async (places: readonly Place[]): Promise<void> => {
  await Promise.all(places.map((place) => place.fill()));
};

export const WORKER_FAULTS: readonly Fault[] = [
  killedWorker,
  frozenWorker,
  rescuerKilled,
  clockJump('clock-forward', 'the wall clock of a worker jumps ahead, by seconds up to days, and back', 1),
  clockJump('clock-backward', 'the wall clock of a worker jumps back, by seconds up to days, and ahead again', -1),
  blockedLoop,
  exhaustedPool,
];
