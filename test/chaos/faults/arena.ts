import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as delay } from 'node:timers/promises';
import { TaskerClient, TaskerModule } from '../../../src/index.js';
import { migrateDatabase } from '../../../src/persistence/migrate.js';
import { LossyWay } from '../lossy-way.js';
import { OwnCluster } from '../own-cluster.js';
import { Stage } from '../stage.js';
import { EFFECT_TABLE } from '../templates.js';
import { Load } from './load.js';
import { templatesOf } from './load-templates.js';
import { Place } from './place.js';
import { Pulse } from './pulse.js';
import { SmallDisk } from './small-disk.js';

const PLACES = 3;
const SLOTS = 10;
const BACK_MS = 60_000;
const LOOK_MS = 50;

/** Dead workers are noticed sooner than by default, so that more can be tried in the same time. */
const WORKER = { slots: SLOTS, heartbeatMs: 500, silentMs: 4_000, drainMs: 5_000, maxLosses: 1_000 };
const SERVER = {
  max_connections: '60',
  shared_buffers: '64MB',
  // each new segment of the log is asked of the disk, so that one that is full is noticed there too
  wal_recycle: 'off',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
};

/** Tasker at work: a server of its own on a disk of its own, workers, somebody who creates tasks; and all that can be done to them. */
export class Arena {
  /** How often the server has crashed: what had not reached the disk is lost. */
  crashes = 0;
  /** Of the newest workers. */
  release = 1;

  private constructor(
    readonly disk: SmallDisk | string,
    readonly cluster: OwnCluster,
    readonly stage: Stage,
    readonly places: readonly Place[],
    readonly pulse: Pulse,
    readonly load: Load,
    /** Of who creates tasks, to the database. */
    readonly callersWay: LossyWay,
    private readonly app: INestApplicationContext,
  ) {}

  static async open(seed: number): Promise<Arena> {
    const undo: (() => unknown)[] = [];
    try {
      return await Arena.build(seed, undo);
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  private static async build(seed: number, undo: (() => unknown)[]): Promise<Arena> {
    const disk = SmallDisk.mount();
    if (typeof disk !== 'string') undo.push(() => disk.unmount());
    const parent = typeof disk === 'string' ? undefined : disk.folder;
    const cluster = await OwnCluster.start({ parent, settings: SERVER });
    undo.push(() => cluster.stop());
    await migrateDatabase(cluster.url);
    const stage = await Stage.open({ templates: templatesOf(1), worker: WORKER, databaseUrl: cluster.url });
    undo.push(() => stage.close());
    await stage.query(EFFECT_TABLE);
    const callersWay = await LossyWay.to(cluster.url);
    undo.push(() => callersWay.close());
    const app = await callingApplication(callersWay.url);
    undo.push(() => app.close());
    const names = Array.from({ length: PLACES }, (_, index) => `place-${index + 1}`);
    const places = await Promise.all(names.map((name) => Place.open(name, stage, WORKER)));
    undo.push(() => Promise.all(places.map((place) => place.close())));
    await Promise.all(places.map((place) => place.fill()));
    const pulse = new Pulse(cluster.url);
    const load = new Load(app.get(TaskerClient, { strict: false }), pulse, seed);
    pulse.start();
    return new Arena(disk, cluster, stage, places, pulse, load, callersWay, app);
  }

  /** All ways over which a network fault can come. */
  get ways(): LossyWay[] {
    return [...this.places.map(({ way }) => way), this.callersWay];
  }

  /** Starts the server where it does not run, and resolves when it answers. */
  async serverBack(): Promise<void> {
    const deadline = Date.now() + BACK_MS;
    for (;;) {
      try {
        await this.cluster.revive();
        await this.stage.query('select 1');
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  /** Of the sessions that this process has not opened itself: the first rows that a condition on `pg_stat_activity` finds. */
  sessions(condition: string): Promise<{ pid: number; port: number }[]> {
    return this.stage.query(
      `select pid, client_port as port from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and (${condition})`,
    );
  }

  /** Who has connected from that port. */
  placeAt(port: number): Place | undefined {
    return this.places.find(({ way }) => way.ports.includes(port));
  }

  async close(): Promise<void> {
    await this.load.pause();
    await this.pulse.stop();
    await this.app.close().catch(() => undefined);
    await this.stage.close();
    for (const place of this.places) await place.close();
    await this.callersWay.close();
    await this.cluster.stop();
    if (typeof this.disk !== 'string') this.disk.unmount();
  }
}

/** Creates tasks, and runs none. */
function callingApplication(url: string): Promise<INestApplicationContext> {
  const module = TaskerModule.forRoot({
    database: { url, poolSize: 5 },
    templates: templatesOf(1),
    roles: ['api'],
    http: { enabled: false },
    environment: 'test',
  });
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
}
