// The compiler leaves out what is not TypeScript: .sql beside the code, .yaml and .json beside the examples.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const [from = 'src', to = 'dist', ...kinds] = process.argv.slice(2);
const wanted = new Set(kinds.length > 0 ? kinds : ['.sql']);

if (existsSync(from)) {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && wanted.has(extname(entry.name))) cpSync(path, path.replace(from, to));
  }
}
