import { transformFileSync } from '@swc/core';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** The sources as they stand, transpiled for processes that run without Jest. */
export interface Program {
  /** A script that runs a worker: see `worker-process.ts`. */
  worker: string;
  /** Where modules outside of it are found. */
  modules: string;
  remove(): void;
}

/** What is transpiled, and to where in the program. */
const ENGINE_AND_WORKER = { src: 'src', 'test/chaos': 'test/chaos' };

/** @param worker - path of the script in the program */
export function makeProgram(
  parts: Record<string, string> = ENGINE_AND_WORKER,
  worker = 'test/chaos/worker-process.js',
): Program {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-chaos-'));
  const config = JSON.parse(readFileSync(join(ROOT, '.swcrc.json'), 'utf8')) as object;
  for (const [part, place] of Object.entries(parts)) {
    for (const entry of readdirSync(join(ROOT, part), { recursive: true, withFileTypes: true })) {
      const source = join(entry.parentPath, entry.name);
      const target = join(folder, place, relative(join(ROOT, part), source)).replace(/\.ts$/, '.js');
      if (!entry.isFile() || entry.name.endsWith('.spec.ts')) continue;
      mkdirSync(dirname(target), { recursive: true });
      if (!entry.name.endsWith('.ts')) cpSync(source, target);
      else writeFileSync(target, transformFileSync(source, { ...config, swcrc: false, sourceMaps: false }).code);
    }
  }
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return {
    worker: join(folder, worker),
    modules: join(ROOT, 'node_modules'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
