import { posix } from 'node:path';
import type { Project } from './project.js';

/** What is used of the tree that schematics change: the devkit is the host's, and no dependency. */
export interface Tree {
  exists(path: string): boolean;
  read(path: string): Buffer | null;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): { subfiles: readonly string[] };
}

/** The project as a tree of the devkit. */
export class TreeProject implements Project {
  constructor(
    private readonly tree: Tree,
    /** The tools that run schematics run them in the root. */
    readonly root: string = process.cwd(),
  ) {}

  exists(path: string): boolean {
    return this.tree.exists(path);
  }

  read(path: string): string | null {
    return this.tree.exists(path) ? this.tree.read(path)!.toString('utf8') : null;
  }

  filesIn(folder: string): string[] {
    return this.tree.getDir(posix.join('/', folder)).subfiles.map(String);
  }
}
