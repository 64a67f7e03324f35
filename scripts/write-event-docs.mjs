// Writes docs/events.md from the catalog of events. It reads the compiled catalog: npm run build first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [compiled = 'dist'] = process.argv.slice(2);
const { eventDocs } = createRequire(import.meta.url)(resolve(compiled, 'events/event-docs.js'));

mkdirSync('docs', { recursive: true });
writeFileSync(join('docs', 'events.md'), eventDocs());
