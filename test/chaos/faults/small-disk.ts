import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** More than a cluster of tests needs. It lies in memory, and takes no more of it than is written. */
const ROOM = '4g';
/** What is left on a disk that is about to be full. */
const LEFT_BYTES = 64 * 1024;

/** A file system of a test's own, which can be made as small as what it holds. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /** @returns why there is none: this process may not mount one */
  static mount(): SmallDisk | string {
    if (process.platform !== 'linux') return 'a file system in memory is mounted on Linux only';
    const folder = mkdtempSync(join(tmpdir(), 'tasker-chaos-disk-'));
    const refusal = mount('tmpfs', folder, `size=${ROOM},mode=755`);
    if (refusal === null) return new SmallDisk(folder);
    rmSync(folder, { recursive: true });
    return `this process may not mount a file system: ${refusal}`;
  }

  fill(): void {
    const { blocks, bfree, bsize } = statfsSync(this.folder);
    this.resize(String((blocks - bfree) * bsize + LEFT_BYTES));
  }

  free(): void {
    this.resize(ROOM);
  }

  unmount(): void {
    spawnSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private resize(size: string): void {
    const refusal = mount('tmpfs', this.folder, `remount,size=${size}`);
    if (refusal !== null) throw new Error(`${this.folder} cannot be made ${size} bytes large: ${refusal}`);
  }
}

/** @returns what went wrong, or null */
function mount(device: string, folder: string, options: string): string | null {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, device, folder], {
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}
