import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A template file's text, or why there is none. */
export type TemplateFile = { path: string; text: string } | { path: string; problem: string };

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * The files that the sources name, folders searched in the order of their names, each file once.
 * Hidden entries are passed over: a mounted Kubernetes ConfigMap shows every file a second time beneath `..data`.
 */
export function templateFiles(sources: readonly string[]): TemplateFile[] {
  const seen = new Set<string>();
  return sources.flatMap((source) => filesOf(source, seen, true));
}

function filesOf(path: string, seen: Set<string>, named: boolean): TemplateFile[] {
  const wanted = named || /\.ya?ml$/i.test(path);
  try {
    const stats = statSync(path);
    if (!stats.isDirectory() && !wanted) return [];
    const real = realpathSync(path);
    if (seen.has(real)) return [];
    seen.add(real);
    if (stats.isDirectory()) {
      const names = readdirSync(path).filter((name) => !name.startsWith('.'));
      return names.sort().flatMap((name) => filesOf(join(path, name), seen, false));
    }
    if (!stats.isFile()) return [{ path, problem: 'is neither a file nor a folder' }];
    if (stats.size > MAX_FILE_BYTES)
      return [{ path, problem: `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB: split it` }];
    return [read(path)];
  } catch (error) {
    const problem = error as NodeJS.ErrnoException;
    // A dangling link that is no template is nobody's concern.
    return wanted || problem.code !== 'ENOENT' ? [{ path, problem: problemOf(problem) }] : [];
  }
}

function read(path: string): TemplateFile {
  const bytes = readFileSync(path);
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { path: `${path}:1:1`, problem: 'is not UTF-8 text: save it as UTF-8' };
  }
}

const problemOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' || code === 'ENOTDIR'
    ? 'there is no such file or folder: create it, or correct the path'
    : code === 'ELOOP'
      ? 'the symbolic link leads back to itself'
      : `cannot be read: ${message}`;
