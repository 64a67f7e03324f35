import { posix } from 'node:path';
import { outwards, type Project } from './project.js';

const MODULE = '.module.ts';

/**
 * The module that an element in a folder belongs to: of the innermost folder that has one, and there the one that is
 * named after the folder, else `app.module.ts`, else the first.
 *
 * @param own - the element's own module, which is no candidate
 */
export function nearestModule(project: Project, folder: string, own?: string): string | null {
  for (const place of outwards(folder)) {
    const found = project
      .filesIn(place)
      .filter((name) => name.endsWith(MODULE) && posix.join(place, name) !== own)
      .sort();
    const wanted =
      [`${posix.basename(place)}${MODULE}`, `app${MODULE}`].find((name) => found.includes(name)) ?? found[0];
    if (wanted !== undefined) return posix.join(place, wanted);
  }
  return null;
}
