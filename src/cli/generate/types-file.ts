import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { readTemplates } from '../template/template-source.js';
import { print } from '../terminal/output.js';
import { templateTypes } from './template-types.js';

export interface TypesOptions {
  /** The standard output if not given. */
  out?: string;
  /** Only says whether the file is up to date. */
  check?: boolean;
  environment: string;
}

/** Writes the types of templates, and leaves a file alone that holds them already. */
export function writeTypes(files: readonly string[], { out, check, environment }: TypesOptions): void {
  if (out === undefined && check) throw new CommandFailure('--check needs --out: the file to compare with.');
  const templates = readTemplates(files, { environment });
  const text = templateTypes(templates);
  if (out === undefined) return print(text);
  const path = resolve(out);
  const upToDate = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (check && !upToDate) throw new CommandFailure(`${out} is not up to date: run the same without --check.`);
  if (!upToDate) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  print(`${out} ${upToDate ? 'is up to date' : 'is written'}: types of ${templates.length} templates\n`);
}
