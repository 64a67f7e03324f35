import { Command } from 'commander';
import { stringify } from 'yaml';
import { examples } from './help-text.js';
import { print, printJson } from './terminal/output.js';

/** Shows the settings. */
export const configCommand = (): Command =>
  new Command('config')
    .description('print the settings in force, secrets masked')
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'TASKER_ENV=production tasker config': 'shows what production would run with' }))
    .action(async ({ json }: { json?: boolean }) => {
      const { loadSettings, maskSettings } = await import('../server/settings.js');
      const settings = maskSettings(loadSettings());
      if (json) printJson(settings);
      else print(stringify(settings));
    });
