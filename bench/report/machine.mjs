import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** Where and on what it ran. @param {import('../server.mjs').Server} server */
export const machineOf = ({ version, settings }) => ({
  date: new Date().toISOString(),
  commit: commit(),
  processor: cpus()[0].model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  postgresql: version,
  settings,
});

/** @typedef {ReturnType<typeof machineOf>} Machine */

/** @param {Machine} on */
export const machineLine = ({ date, commit: at, processor, cores, memoryGiB, node, postgresql, settings }) =>
  `${date.slice(0, 16).replace('T', ' ')} UTC; ${cores} cores of ${processor}, ${memoryGiB} GiB; Node ${node.slice(1)}; ` +
  `PostgreSQL ${postgresql} (${Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')})${at ? `; commit ${at}` : ''}.`;

function commit() {
  try {
    const cwd = import.meta.dirname;
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd, encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
