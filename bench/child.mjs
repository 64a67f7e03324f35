import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a child is for, by what its program reads. @typedef {{ workload: string, [more: string]: any }} ChildTask */

/** In the child: what it was started for. @returns {ChildTask} */
export const task = () => JSON.parse(process.argv[2]);

/** In the child: tells the parent. @param {object} message */
export const answer = (message) => void process.send?.(message);

/**
 * @typedef {object} ChildOptions
 * @property {string} [profiles] - folder for --cpu-prof
 * @property {boolean} [quiet] - without its standard output and warnings of deprecation
 * @property {import('./collector.mjs').Tracing} [tracing]
 * @property {(message: any) => void} [onMessage]
 */

/**
 * Starts one of the programs of this folder in a process of its own.
 *
 * @param {string} program
 * @param {ChildTask} childTask
 * @param {ChildOptions} [options]
 */
export function startChild(program, childTask, { profiles, quiet, tracing, onMessage } = {}) {
  const name = `${childTask.workload}-${program.replace('-process.mjs', '').replaceAll('/', '-')}`;
  const execArgv = [
    ...(profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}.cpuprofile`] : []),
    ...(quiet ? ['--no-deprecation'] : []),
    ...(tracing?.execArgv ?? []),
  ];
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(childTask)], {
    execArgv,
    env: { ...process.env, ...tracing?.env },
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit', 'ipc'],
  });
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
    /** Nothing, to one that has ended. @param {any} message */
    send: (message) => void (child.connected && child.send(message)),
    stop: async () => {
      child.send('stop');
      await ended;
    },
    /** Its last message, once it has ended. */
    result: () => ended.then(() => last),
  };
}
