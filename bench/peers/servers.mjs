import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} PeerServer
 * @property {number} pid
 * @property {Partial<import('./peer.mjs').Place>} place
 * @property {() => Promise<void>} stop
 */

/** A program that a peer needs is not on this machine: the peer is left out, and the table says so. */
export class MissingProgram extends Error {}

/** What runs beside PostgreSQL, started anew for each run. @type {Record<string, () => Promise<PeerServer>>} */
export const SERVERS = { redis: startRedis, restate: startRestate };

/** The version of what a peer stores in, other than PostgreSQL; without it the peer cannot run. @type {Record<string, () => string>} */
export const SERVER_VERSIONS = {
  redis: () => `Redis ${versionOf('redis-server', /v=([\d.]+)/, 'apt-get install redis-server')}`,
  restate: () => `Restate ${versionOf(RESTATE, /([\d.]+)/, 'npm install in bench/')}`,
};

const RESTATE = join(import.meta.dirname, '../node_modules/.bin/restate-server');
const READY_MS = 30_000;

/** @param {string} program @param {RegExp} pattern @param {string} remedy */
function versionOf(program, pattern, remedy) {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (error) throw new MissingProgram(`${program.split('/').at(-1)} is not installed (${remedy})`);
  return pattern.exec(stdout)?.[1] ?? '?';
}

async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-bench-redis-'));
  const port = await freePort();
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return start('redis-server', args, folder, {
    place: { redis: { port } },
    ready: /Ready to accept connections/,
  });
}

async function startRestate() {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-bench-restate-'));
  const [ingress, admin, node, handlers] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const env = {
    RESTATE_BASE_DIR: folder,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_DEFAULT_NUM_PARTITIONS: '2',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn',
  };
  return start(RESTATE, ['--no-logo'], folder, {
    env,
    place: { restate: { ingress, admin, handlers } },
    ready: `http://127.0.0.1:${admin}/health`,
  });
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} folder
 * @param {{ place: Partial<import('./peer.mjs').Place>, ready: RegExp | string, env?: Record<string, string> }} options
 * @returns {Promise<PeerServer>}
 */
async function start(program, args, folder, { place, ready, env }) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-4_000)));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(patience);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const until = Date.now() + READY_MS; ;) {
    if (typeof ready === 'string' ? await answers(ready) : ready.test(output)) break;
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`${program.split('/').at(-1)} did not start: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { pid: /** @type {number} */ (child.pid), place, stop };
}

/** @param {string} url */
const answers = (url) =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
