#!/usr/bin/env node
import { resolve } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { loadTemplates, migrateDatabase, RELEASE, TaskerError } from '../index.js';
import { runServer } from '../server/run-server.js';
import { loadSettings, maskSettings } from '../server/settings.js';

const program = new Command('tasker').description('Workflow orchestration on PostgreSQL').version(RELEASE);

program
  .command('serve')
  .description('start the server: API and worker, as the settings say')
  .action(() => runServer());

program
  .command('migrate')
  .description('bring the schema of DATABASE_URL up to this release')
  .action(async () => {
    const { url, schema } = loadSettings().database;
    if (!url)
      throw new TaskerError('configuration_invalid', 'DATABASE_URL is not set: the embedded database migrates itself.');
    await migrateDatabase({ url, schema });
    process.stdout.write(`The schema "${schema}" is up to date with ${RELEASE}\n`);
  });

program
  .command('config')
  .description('print the settings in force, secrets masked')
  .action(() => void process.stdout.write(stringify(maskSettings(loadSettings()))));

program
  .command('template')
  .description('work on task templates')
  .command('validate')
  .description('check templates as the server would, but for their handlers; exit 1 on a finding')
  .argument('<files...>', 'YAML files, or folders of them')
  .option(
    '-e, --environment <name>',
    'the environment to check them for',
    process.env.TASKER_ENV ?? process.env.NODE_ENV ?? 'development',
  )
  .action((files: string[], { environment }: { environment: string }) => {
    const sources = files.map((file) => resolve(file));
    const { templates, findings } = loadTemplates(sources, { environment, env: process.env });
    for (const { path, message } of findings) process.stdout.write(`${path}: ${message}\n`);
    if (findings.length > 0) process.exitCode = 1;
    else process.stdout.write(`${templates.length} templates are valid\n`);
  });

program.parseAsync().catch((error: unknown) => {
  const message = error instanceof TaskerError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
