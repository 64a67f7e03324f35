import { statfs } from 'node:fs/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

const MIB = 1024 * 1024;
/** PostgreSQL stops where it cannot write its log, which it does in files of 16 MiB, some of them ahead. */
const LEAST_FREE_BYTES = 100 * MIB;
/** Less than so many times that is worth a look. */
const SCARCE = 10;

export interface DiskSpace {
  free_bytes: number;
  total_bytes: number;
}

/** Whether the disk of a database on this machine has room. */
@Injectable()
export class DiskIndicator implements HealthIndicator {
  readonly name = 'disk';
  private readonly probe: Probe<DiskSpace> | null;

  constructor(
    @Inject(TASKER_CONFIG) { database: { dataDir } }: { database: Pick<TaskerConfig['database'], 'dataDir'> },
    @Optional() private readonly leastFreeBytes: number = LEAST_FREE_BYTES,
  ) {
    this.probe = dataDir === null ? null : new Probe(() => spaceOf(dataDir));
  }

  async check(): Promise<CheckResult | null> {
    if (this.probe === null) return null;
    return this.probe.check(({ free_bytes: free }) => {
      const detail = `${Math.floor(free / MIB)} MiB free`;
      if (free < this.leastFreeBytes) {
        return { status: 'down', detail: `${detail}, ${Math.ceil(this.leastFreeBytes / MIB)} needed` };
      }
      return { status: free < SCARCE * this.leastFreeBytes ? 'degraded' : 'up', detail };
    });
  }

  /** Null where the database is elsewhere. @throws Unhealthy */
  async space(): Promise<DiskSpace | null> {
    return this.probe === null ? null : this.probe.answer();
  }
}

/** What is kept back for root is not PostgreSQL's. */
async function spaceOf(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free_bytes: bavail * bsize, total_bytes: blocks * bsize };
}
