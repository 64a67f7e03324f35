import type { Finding } from '../core/errors.js';
import { Findings, Suggestions } from '../templates/findings.js';
import type { Reader, Reading } from '../templates/reader.js';
import { templateFiles } from '../templates/template-files.js';
import { readYaml } from '../templates/yaml-source.js';

/** What a file said, with what readers of it need. */
export interface Declared<T> {
  said: T;
  reading: Reading;
}

/**
 * Reads the documents of YAML files. Never throws for what a file says.
 *
 * @param sources - files, or folders, searched for *.yaml and *.yml at any depth
 * @param what - to write into a file that is empty
 * @param found - takes what is wrong with the files themselves; of what they say, each document's `reading.findings`
 */
export function readDeclarations<T>(
  sources: readonly string[],
  what: string,
  reader: Reader<T>,
  env: NodeJS.ProcessEnv,
  found: (list: () => Finding[]) => void,
): Declared<T>[] {
  return templateFiles(sources).flatMap((file) => {
    if (!('text' in file)) {
      found(() => [{ path: file.path, message: file.problem }]);
      return [];
    }
    const findings = new Findings();
    found(() => findings.list());
    const reading: Reading = {
      findings,
      suggestions: new Suggestions(),
      env,
      compiledSchemas: new Set(),
      complete: true,
    };
    return readYaml(file.path, file.text, findings, what).flatMap((document) => {
      const said = reader(document, 'the file', reading);
      return said === undefined ? [] : [{ said, reading }];
    });
  });
}
