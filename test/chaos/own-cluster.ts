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

/** How PostgreSQL is stopped: transactions are rolled back and all is written, or everything is dropped as in a crash. */
export type StopMode = 'fast' | 'immediate';

/** A PostgreSQL server of a test's own, which comes back at the address that it had. */
export class OwnCluster {
  private readonly cluster: Cluster;

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
  ) {
    this.cluster = openCluster(postgres.dataDir);
  }

  static async start(): Promise<OwnCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'tasker-chaos-cluster-'));
    chmodSync(folder, 0o755);
    const dataDir = join(folder, 'postgres');
    return new OwnCluster(folder, await startEmbeddedPostgres({ dataDir, settings: SETTINGS }));
  }

  get url(): string {
    return this.postgres.url;
  }

  /** @param downMs - how long it is away */
  async restart(mode: StopMode, downMs: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const { pid } = readPostmaster(this.cluster.data)!;
    process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    while (birthOf(pid) !== null) await this.look(deadline);
    await delay(downMs);
    const account = serverAccount(clusterOwner(this.cluster));
    const binaries = findBinaries(account, clusterMajor(this.cluster));
    for (;;) {
      const started = await startPostmaster(this.cluster, binaries, account, SETTINGS, this.postgres.port, deadline);
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
