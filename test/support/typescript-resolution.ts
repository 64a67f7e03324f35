import { existsSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';

type Resolve = (request: string, parent?: { filename?: string | null }, ...rest: unknown[]) => string;

const loader = Module as unknown as { _resolveFilename: Resolve };
const resolve = loader._resolveFilename;

/**
 * Lets `./x.js` mean `./x.ts` in Jest's global set-up, which is transpiled as tests are but resolved by Node itself,
 * without the `moduleNameMapper`. To be imported before anything that has such imports.
 */
loader._resolveFilename = function (request, parent, ...rest) {
  if (/^\.{1,2}\/.*\.js$/.test(request) && parent?.filename?.endsWith('.ts')) {
    const source = join(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return resolve.call(this, request, parent, ...rest);
};
