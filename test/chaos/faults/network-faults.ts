import type { Arena } from './arena.js';
import type { Fault } from './fault.js';
import type { LossyWay } from '../lossy-way.js';
import type { Chance } from '../seeded.js';

/** One way, or all. */
const some = ({ ways }: Arena, chance: Chance): LossyWay[] => (chance.whole(0, 1) === 1 ? ways : [chance.pick(ways)]);

const cut: Fault = {
  name: 'cut-connections',
  part: 'network',
  does: 'connections of one process or of all break, or are ended by the server',
  lastsMs: [0, 0],
  async inject(arena, chance) {
    if (chance.whole(0, 1) === 1) {
      await arena.stage
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name like 'tasker%'`,
        )
        .catch(() => undefined);
    } else for (const way of some(arena, chance)) way.breakAll();
    return async () => undefined;
  },
};

const halfOpen: Fault = {
  name: 'half-open-connections',
  part: 'network',
  does: 'the connections of a process carry nothing any more, and neither side is told; new ones work',
  lastsMs: [0, 1_000],
  async inject({ ways }, chance) {
    chance.pick(ways).stall();
    return async () => undefined;
  },
};

const hungCommits: Fault = {
  name: 'hung-commits',
  part: 'network',
  does: 'connections of a worker die without a word as they are about to commit, with locks in the hands of nobody',
  lastsMs: [500, 2_000],
  async inject({ places }, chance) {
    const { way } = chance.pick(places);
    way.stallAt = 'COMMIT';
    return async () => void (way.stallAt = null);
  },
};

const lostAnswers: Fault = {
  name: 'lost-answers',
  part: 'network',
  does: 'what is asked of the database is done, but the answers are lost, and then the connections',
  lastsMs: [0, 0],
  async inject(arena, chance) {
    const lostMs = chance.whole(20, 300);
    await Promise.all(some(arena, chance).map((way) => way.loseAnswers(lostMs)));
    return async () => undefined;
  },
};

const partition: Fault = {
  name: 'partition',
  part: 'network',
  does: 'one process or all cannot reach the database, for less or for longer than a worker may be silent',
  lastsMs: [500, 8_000],
  async inject(arena, chance) {
    const ways = some(arena, chance);
    for (const way of ways) way.sever();
    return async () => {
      for (const way of ways) way.restore();
    };
  },
};

const slow: Fault = {
  name: 'slow-network',
  part: 'network',
  does: 'everything between one process or all and the database is late by 50 to 500 ms, at 20 to 500 kB/s',
  lastsMs: [2_000, 6_000],
  async inject(arena, chance) {
    const slowness = { latencyMs: chance.whole(25, 250), bytesPerSecond: chance.whole(20, 500) * 1_000 };
    const ways = some(arena, chance);
    for (const way of ways) way.slowness = slowness;
    return async () => {
      for (const way of ways) way.slowness = null;
    };
  },
};

const deaf: Fault = {
  name: 'lost-notifications',
  part: 'network',
  does: 'NOTIFY reaches nobody, as behind a pooler of transactions; sometimes the listeners lose their connections too',
  lastsMs: [2_000, 6_000],
  async inject(arena, chance) {
    for (const way of arena.ways) way.deaf = true;
    if (chance.whole(0, 1) === 1) {
      await arena.stage
        .query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tasker listen'`)
        .catch(() => undefined);
    }
    return async () => {
      for (const way of arena.ways) way.deaf = false;
    };
  },
};

export const NETWORK_FAULTS: readonly Fault[] = [cut, halfOpen, hungCommits, lostAnswers, partition, slow, deaf];
