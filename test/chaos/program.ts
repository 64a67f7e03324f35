import { transformFileSync } from '@swc/core';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** The sources as they stand, transpiled for processes that run without Jest. */
export interface Program {
  /** A script that runs a worker: see `worker-process.ts`. */
  worker: string;
  /** Where modules outside of it are found. */
  modules: string;
  remove(): void;
}

export function makeProgram(): Program {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-chaos-'));
  const config = JSON.parse(readFileSync(join(ROOT, '.swcrc.json'), 'utf8')) as object;
  for (const part of ['src', 'test/chaos']) {
    for (const entry of readdirSync(join(ROOT, part), { recursive: true, withFileTypes: true })) {
      const source = join(entry.parentPath, entry.name);
      const target = join(folder, source.slice(ROOT.length)).replace(/\.ts$/, '.js');
      if (!entry.isFile() || entry.name.endsWith('.spec.ts')) continue;
      mkdirSync(dirname(target), { recursive: true });
      if (!entry.name.endsWith('.ts')) cpSync(source, target);
      else writeFileSync(target, transformFileSync(source, { ...config, swcrc: false, sourceMaps: false }).code);
    }
  }
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return {
    worker: join(folder, 'test', 'chaos', 'worker-process.js'),
    modules: join(ROOT, 'node_modules'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
