import { posix } from 'node:path';
import type TypeScript from 'typescript';
import { Element, type ElementOptions } from './element.js';
import { Formatting } from './formatting.js';
import { GenerationError } from './generation-error.js';
import { hostPackage } from './host-package.js';
import { declare, type Declaration } from './module-declaration.js';
import { nearestModule } from './nearest-module.js';
import type { Project } from './project.js';

/** Writes one kind of element. */
export interface Generator<Options extends ElementOptions = ElementOptions> {
  /** @throws GenerationError for what an option cannot be */
  blueprint(element: Element, options: Options): Blueprint;
}

/** What a generator makes. */
export interface Blueprint {
  files: SourceFile[];
  /** The class that a module must know, and the file that it is in. */
  declared: Declaration & { file: string };
}

export interface SourceFile {
  path: string;
  text: string;
}

/** What is to be done to the project, and what the user must be told. Nothing is written yet. */
export interface Generation {
  created: SourceFile[];
  updated: SourceFile[];
  notes: string[];
}

/**
 * Plans an element: its files, and the entry in the module that it belongs to.
 *
 * @throws GenerationError naming every file that exists, unless `force` is set, and whatever an option cannot be
 */
export async function generate(generator: Generator, options: ElementOptions, project: Project): Promise<Generation> {
  const element = new Element(project, options);
  const { files, declared } = generator.blueprint(element, options);
  files.forEach(refuseClashes);
  if (!options.force) refuseExisting(files, project);
  const notes: string[] = [];
  const formatting = new Formatting(project, options.format ?? true, notes);
  const written = await Promise.all(
    files.map(async ({ path, text }) => ({ path, text: await formatting.format(path, text) })),
  );
  const updated = options.skipImport ? [] : await declaredIn(element, declared, formatting, notes);
  return {
    created: written.filter(({ path }) => !project.exists(path)),
    updated: [...written.filter(({ path }) => project.exists(path)), ...updated],
    notes,
  };
}

/** A name may come out as one of those that the file imports. */
function refuseClashes({ path, text }: SourceFile): void {
  const imported = [...text.matchAll(/^import \{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!.split(',').map((name) => name.replace('type ', '').trim()),
  );
  for (const [, name] of text.matchAll(/^export (?:class|interface) (\w+)/gm)) {
    if (!imported.includes(name!)) continue;
    throw new GenerationError(`${path} would define ${name}, which nest-tasker has already: choose another name.`);
  }
}

function refuseExisting(files: readonly SourceFile[], project: Project): void {
  const existing = files.map(({ path }) => path).filter((path) => project.exists(path));
  if (existing.length === 0) return;
  const [are, them] = existing.length > 1 ? ['exist', 'them'] : ['exists', 'it'];
  throw new GenerationError(
    `${existing.join(', ')} ${are} already: choose another name, or overwrite ${them} with --force.`,
  );
}

/** The module with the class in it; where that cannot be done, a note says what to do by hand. */
async function declaredIn(
  element: Element,
  { file, className, list }: Blueprint['declared'],
  formatting: Formatting,
  notes: string[],
): Promise<SourceFile[]> {
  const { project } = element;
  const path = nearestModule(project, element.folder, file);
  const byHand = `add ${className} to the ${list} of ${path ?? 'the module that it belongs to'}`;
  const obstacle = (reason: string): SourceFile[] => {
    notes.push(`${reason}: ${byHand}.`);
    return [];
  };
  if (path === null) return obstacle('There is no module file');
  const ts = hostPackage<typeof TypeScript>(project, 'typescript');
  // TypeScript 7 has no API
  if (!ts || !('createSourceFile' in ts)) return obstacle(`${path} is not touched without the compiler's API`);
  const before = project.read(path)!;
  try {
    const text = declare(ts, before, { className, list }, element.specifier(path, file));
    return text === before ? [] : [{ path, text: await formatting.formatChange(path, before, text) }];
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return obstacle(`${posix.basename(path)} is not touched, for ${error.message}`);
  }
}
