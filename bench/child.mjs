import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @typedef {{ url: string, workload: string, postmaster: number | null }} ChildTask */

/** In the child: what it was started for. @returns {ChildTask} */
export const task = () => JSON.parse(process.argv[2]);

/** In the child: tells the parent. @param {object} message */
export const answer = (message) => void process.send?.(message);

/**
 * Starts one of the programs of this folder in a process of its own.
 *
 * @param {string} program
 * @param {ChildTask} childTask
 * @param {{ profiles?: string, onMessage?: (message: any) => void }} [options] - `profiles`: folder for --cpu-prof
 */
export function startChild(program, childTask, { profiles, onMessage } = {}) {
  const name = `${childTask.workload}-${program.replace('-process.mjs', '')}`;
  const execArgv = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}.cpuprofile`] : [];
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(childTask)], { execArgv });
  /** @type {any} */
  let last = null;
  const first = new Promise((resolve) => child.once('message', resolve));
  child.on('message', (message) => {
    last = message;
    onMessage?.(message);
  });
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(disconnected);
      else reject(new Error(`${program} for ${childTask.workload} ended with ${signal ?? code}`));
    });
  });
  ended.catch(() => undefined);
  return {
    /** Its first message. */
    started: () => Promise.race([first, ended]),
    stop: async () => {
      child.send('stop');
      await ended;
    },
    /** Its last message, once it has ended. */
    result: () => ended.then(() => last),
  };
}
