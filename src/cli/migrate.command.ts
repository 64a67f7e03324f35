import { Command } from 'commander';
import { CommandFailure } from './command-failure.js';
import { examples } from './help-text.js';
import { print } from './terminal/output.js';

/** Brings the database up to this release. */
export const migrateCommand = (): Command =>
  new Command('migrate')
    .description('bring the schema of DATABASE_URL up to this release')
    .addHelpText(
      'after',
      examples({ 'DATABASE_URL=postgres://… tasker migrate': 'before a deployment; running it again does nothing' }),
    )
    .action(async () => {
      const { migrateDatabase, RELEASE } = await import('../index.js');
      const { loadSettings } = await import('../server/settings.js');
      const { url, schema } = loadSettings().database;
      if (!url) throw new CommandFailure('DATABASE_URL is not set: the embedded database migrates itself.');
      await migrateDatabase({ url, schema });
      print(`The schema "${schema}" is up to date with ${RELEASE}\n`);
    });
