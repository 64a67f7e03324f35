// Writes schemas/task-template.schema.json from what reads templates. It reads the compiled code: npm run build first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [compiled = 'dist'] = process.argv.slice(2);
const { templateJsonSchemaText } = createRequire(import.meta.url)(
  resolve(compiled, 'templates/template-json-schema.js'),
);

mkdirSync('schemas', { recursive: true });
writeFileSync(join('schemas', 'task-template.schema.json'), templateJsonSchemaText());
