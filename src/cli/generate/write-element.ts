import { generate, type Generation } from '../../schematics/generation.js';
import { GenerationError } from '../../schematics/generation-error.js';
import { GENERATORS } from '../../schematics/generators.js';
import type { ElementOptions } from '../../schematics/element.js';
import type { ElementKind } from '../../schematics/schema.js';
import { CommandFailure } from '../command-failure.js';
import { print } from '../terminal/output.js';
import { DiskProject } from './disk-project.js';

/** Writes an element into the project in the current folder, and lists its files. */
export async function writeElement(kind: ElementKind, options: ElementOptions, dryRun: boolean): Promise<void> {
  const project = new DiskProject(process.cwd());
  const { created, updated, notes } = await planned(kind, options, project);
  if (!dryRun) for (const { path, text } of [...created, ...updated]) project.write(path, text);
  for (const { path, text } of created) print(`CREATE ${path} (${Buffer.byteLength(text)} bytes)\n`);
  for (const { path, text } of updated) print(`UPDATE ${path} (${Buffer.byteLength(text)} bytes)\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
  if (dryRun) print('Nothing is written: this was a dry run.\n');
}

async function planned(kind: ElementKind, options: ElementOptions, project: DiskProject): Promise<Generation> {
  try {
    return await generate(GENERATORS[kind], options, project);
  } catch (error) {
    throw error instanceof GenerationError ? new CommandFailure(error.message) : error;
  }
}
