import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Project } from './project.js';

/** A package as the host has it installed; null where it has not. */
export function hostPackage<T>({ root }: Project, name: string): T | null {
  const require = createRequire(join(root, 'package.json'));
  try {
    return require(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
