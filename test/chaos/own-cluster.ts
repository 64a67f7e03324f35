import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterMajor, clusterOwner, openCluster, type Cluster } from '../../src/persistence/embedded/cluster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';
import { readPostmaster } from '../../src/persistence/embedded/postmaster.js';
import { birthOf } from '../../src/persistence/embedded/process-birth.js';
import { serverAccount } from '../../src/persistence/embedded/server-account.js';
import { findBinaries } from '../../src/persistence/embedded/server-binaries.js';
import { startPostmaster } from '../../src/persistence/embedded/server-process.js';

// The operating system lives on, so what PostgreSQL has written survives its own crashes without reaching the disk.
const SETTINGS = { fsync: 'off', full_page_writes: 'off' };
const PATIENCE_MS = 30_000;

/** Transactions are rolled back and all is written; everything is dropped; or not even the server has a say. */
export type StopMode = 'fast' | 'immediate' | 'kill';
const SIGNALS: Record<StopMode, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' };

export interface ClusterOptions {
  /** Where its folder is made. @default the system's for temporary files */
  parent?: string;
  /** Over those that all clusters of tests have. */
  settings?: Record<string, string>;
}

/** A PostgreSQL server of a test's own, which comes back at the address that it had. */
export class OwnCluster {
  private readonly cluster: Cluster;

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly settings: Record<string, string>,
  ) {
    this.cluster = openCluster(postgres.dataDir);
  }

  static async start({ parent = tmpdir(), settings = {} }: ClusterOptions = {}): Promise<OwnCluster> {
    const folder = mkdtempSync(join(parent, 'tasker-chaos-cluster-'));
    chmodSync(folder, 0o755);
    const all = { ...SETTINGS, ...settings };
    try {
      const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings: all });
      return new OwnCluster(folder, postgres, all);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.postgres.url;
  }

  get isRunning(): boolean {
    const postmaster = readPostmaster(this.cluster.data);
    return postmaster !== null && birthOf(postmaster.pid) !== null;
  }

  /** @param downMs - how long it is away */
  async restart(mode: StopMode, downMs: number): Promise<void> {
    await this.halt(mode);
    await delay(downMs);
    await this.revive();
  }

  /** Stops it; no matter if it has ended by itself. */
  async halt(mode: StopMode): Promise<void> {
    if (!this.isRunning) return;
    const deadline = Date.now() + PATIENCE_MS;
    const { pid } = readPostmaster(this.cluster.data)!;
    process.kill(pid, SIGNALS[mode]);
    while (birthOf(pid) !== null) await this.look(deadline);
  }

  /** Starts it again, if it does not run. */
  async revive(): Promise<void> {
    if (this.isRunning) return;
    const deadline = Date.now() + PATIENCE_MS;
    const account = serverAccount(clusterOwner(this.cluster));
    const binaries = findBinaries(account, clusterMajor(this.cluster));
    for (;;) {
      const { port } = this.postgres;
      const started = await startPostmaster(this.cluster, binaries, account, this.settings, port, deadline);
      if ('pid' in started) return;
      if (!started.passing) throw new Error(`PostgreSQL did not come back:\n${started.log}`);
      await this.look(deadline);
    }
  }

  async stop(): Promise<void> {
    await this.postgres.release();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async look(deadline: number): Promise<void> {
    if (Date.now() > deadline) throw new Error(`PostgreSQL did not stop and start within ${PATIENCE_MS} ms`);
    await delay(10);
  }
}
