import { posix } from 'node:path';
import { GenerationError } from './generation-error.js';
import { nameOf, type Name } from './name.js';
import { outwards, readJson, type Project } from './project.js';

/** What every generator may be told: the words of Nest's own. */
export interface ElementOptions {
  /** In any spelling, after the folders that it belongs in: `payments/charge-card`. */
  name: string;
  /** Folder below the source root. @default the source root itself */
  path?: string;
  /** @default that of nest-cli.json, else `src` */
  sourceRoot?: string;
  /** Without a folder of its own. @default false */
  flat?: boolean;
  /** With a spec. @default true */
  spec?: boolean;
  /** @default 'spec' */
  specFileSuffix?: string;
  /** Do not enter it in the nearest module. @default false */
  skipImport?: boolean;
  /** With the host's Prettier, if it has one. @default true */
  format?: boolean;
  /** Overwrite files that exist. @default false */
  force?: boolean;
  /** @default 'ts' */
  language?: string;
}

/** What is to be written: its name, where it goes, and how the project around it is written. */
export class Element {
  readonly name: Name;
  /** Of its files. */
  readonly folder: string;
  private readonly specSuffix: string;

  /** @throws GenerationError for a name, a path or a language that it cannot have */
  constructor(
    readonly project: Project,
    readonly options: ElementOptions,
  ) {
    const parts = segments(options.name);
    this.name = nameOf(parts.pop() ?? '', 'The name');
    const folders = [...segments(options.path ?? ''), ...parts, ...(options.flat ? [] : [this.name.dashed])];
    this.folder = posix.join(sourceRootOf(project, options), ...folders);
    this.specSuffix = specSuffixOf(options);
    if ((options.language ?? 'ts') !== 'ts') {
      throw new GenerationError(
        `Only TypeScript is written, but the language of this project is "${options.language}".`,
      );
    }
  }

  /** A file of its own, by what stands before `.ts`. */
  file(stem: string): string {
    return posix.join(this.folder, `${stem}.ts`);
  }

  spec(stem: string): string {
    return this.file(`${stem}.${this.specSuffix}`);
  }

  /** How one file of the project imports another: with `.js` where the project's modules are ES modules. */
  specifier(from: string, to: string): string {
    const path = posix.relative(posix.dirname(from), to).replace(/\.ts$/, this.isEsModule(from) ? '.js' : '');
    return path.startsWith('.') ? path : `./${path}`;
  }

  private isEsModule(file: string): boolean {
    const manifests = outwards(posix.dirname(file)).map((folder) => posix.join(folder, 'package.json'));
    const nearest = manifests.find((path) => this.project.exists(path));
    const manifest = nearest === undefined ? undefined : readJson(this.project, nearest);
    return (manifest as { type?: unknown } | undefined)?.type === 'module';
  }
}

function sourceRootOf(project: Project, { sourceRoot }: ElementOptions): string {
  const configured = (readJson(project, 'nest-cli.json') as { sourceRoot?: unknown } | undefined)?.sourceRoot;
  const root = sourceRoot ?? (typeof configured === 'string' ? configured : 'src');
  return segments(root).join('/') || '.';
}

/** @throws GenerationError where it leaves the project */
function segments(path: string): string[] {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) {
    throw new GenerationError(`"${path}" is absolute: give a path inside the source folder.`);
  }
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw new GenerationError(`"${path}" leads out of the source folder: give a path inside it.`);
  return parts;
}

function specSuffixOf({ specFileSuffix }: ElementOptions): string {
  const suffix = specFileSuffix || 'spec';
  if (/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(suffix)) return suffix;
  throw new GenerationError(`The suffix of specs ${JSON.stringify(suffix)} must be letters, digits, "-" and "_".`);
}
