import { GenerationError } from './generation-error.js';

/** The host's project as generators see it. Paths are relative to its root, with `/`. */
export interface Project {
  /** Its folder on the disk. */
  readonly root: string;
  exists(path: string): boolean;
  /** Null where there is no such file. */
  read(path: string): string | null;
  /** Names of the files in a folder; none where there is no such folder. */
  filesIn(folder: string): string[];
}

/** The folder and all that it is in, the innermost first, the root (`.`) last. */
export function outwards(folder: string): string[] {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  return [...parts.map((_, n) => parts.slice(0, parts.length - n).join('/')), '.'];
}

/** A JSON file of the project; undefined where there is none. */
export function readJson(project: Project, path: string): unknown {
  const text = project.read(path);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new GenerationError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}
