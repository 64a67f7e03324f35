import { join } from 'node:path';
import { hostPackage } from './host-package.js';
import type { Project } from './project.js';

/** What is used of the host's Prettier. */
interface Prettier {
  resolveConfig(path: string): Promise<object | null>;
  format(text: string, options: object): Promise<string>;
}

/** Lays out files as the host's Prettier would; without one, or where it fails, a text stays as it is. */
export class Formatting {
  private readonly prettier: Prettier | null;

  /** @param notes - takes what the user must be told */
  constructor(
    private readonly project: Project,
    wanted: boolean,
    private readonly notes: string[],
  ) {
    this.prettier = wanted ? this.load() : null;
  }

  async format(path: string, text: string): Promise<string> {
    if (!this.prettier) return text;
    try {
      const filepath = join(this.project.root, path);
      const config = await this.prettier.resolveConfig(filepath);
      return await this.prettier.format(text, { ...config, filepath });
    } catch (error) {
      this.notes.push(`${path} stays as it is written, for Prettier failed: ${(error as Error).message}`);
      return text;
    }
  }

  /** A changed file, if it was laid out so before: what the user lays out otherwise is left alone. */
  async formatChange(path: string, before: string, text: string): Promise<string> {
    return (await this.format(path, before)) === before ? this.format(path, text) : text;
  }

  private load(): Prettier | null {
    try {
      return hostPackage<Prettier>(this.project, 'prettier');
    } catch (error) {
      this.notes.push(`Nothing is formatted, for Prettier cannot be loaded: ${(error as Error).message}`);
      return null;
    }
  }
}
