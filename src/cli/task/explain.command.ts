import { Command } from 'commander';
import { examples } from '../help-text.js';
import { numberOf } from '../number-option.js';
import { print, printJson } from '../terminal/output.js';
import { explanationReport } from './explanation-report.js';
import { TaskServer, urlOption } from './task-server.js';

interface ExplainOptions {
  url: string;
  step?: string;
  limit?: number;
  json?: boolean;
}

export const explainCommand = (): Command =>
  new Command('explain')
    .description('say why a task and its unfinished steps are where they are, and what would move them')
    .argument('<task-id>', 'as `task create` and `task list` print it')
    .option('-s, --step <name>', 'of its steps only this one, by name or id')
    .option('-l, --limit <n>', 'steps at most, 1 to 2000; 100 if not given', numberOf)
    .addOption(urlOption())
    .option('--json', 'for programs: as the server answers it')
    .addHelpText(
      'after',
      examples({
        'tasker task explain 0198c2…': 'what holds it, and which command moves it',
        'tasker task explain 0198c2… --step ship': 'why this step does not start',
        "tasker task explain 0198c2… --json | jq -r '.reasons[0].kind'": 'for a program',
      }),
    )
    .action(async (taskId: string, { url, step, limit, json }: ExplainOptions) => {
      const explanation = await new TaskServer(url).explain(taskId, { step, limit });
      if (json) printJson(explanation);
      else print(explanationReport(explanation));
    });
