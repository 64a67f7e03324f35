import { Command, Option } from 'commander';
import type { TaskState } from '../../index.js';
import { examples } from '../help-text.js';
import { repeated } from '../repeated-option.js';
import { print, printJson } from '../terminal/output.js';
import { taskTable } from './task-report.js';
import { TaskServer, urlOption } from './task-server.js';
import { CommandFailure } from '../command-failure.js';

interface ListOptions extends Record<string, unknown> {
  url: string;
  context?: string[];
  json?: boolean;
}

/** Names of the server's filters by those of the options. */
const FILTERS = {
  namespace: 'namespace',
  name: 'name',
  version: 'version',
  status: 'status',
  tag: 'tag',
  initiator: 'initiator',
  sourceSystem: 'source_system',
  correlationId: 'correlation_id',
  createdAfter: 'created_after',
  createdBefore: 'created_before',
  sort: 'sort',
  limit: 'limit',
  cursor: 'cursor',
} as const;

const STATUSES: Record<TaskState, true> = {
  pending: true,
  in_progress: true,
  complete: true,
  error: true,
  resolved_manually: true,
  cancelled: true,
};

export const listCommand = (): Command =>
  new Command('list')
    .description('find tasks, the newest first')
    .option('-n, --namespace <name>', 'of templates of this namespace')
    .option('--name <template>', 'of this template')
    .option('--version <version>', "of this version of the template's")
    .addOption(new Option('-s, --status <status>', 'in this state').choices(Object.keys(STATUSES)))
    .option('-t, --tag <tag>', 'with this tag')
    .option('--initiator <who>', 'that this one asked for')
    .option('--source-system <name>', 'from this system')
    .option('--correlation-id <id>', 'of this correlation id')
    .option('--created-after <time>', 'ISO 8601: 2026-01-31, or 2026-01-31T09:30:00Z')
    .option('--created-before <time>', 'ISO 8601')
    .option('--context <path=value>', 'whose context has this value there; may be repeated', repeated)
    .option('--sort <order>', 'created_at, priority, or -created_at, -priority: the highest first')
    .option('-l, --limit <n>', '1 to 100; 25 if not given')
    .option('--cursor <cursor>', 'what follows the page that ended with it')
    .addOption(urlOption())
    .option('--json', 'for programs: as the server answers it')
    .addHelpText(
      'after',
      examples({
        'tasker task list --status error --limit 100': 'what waits for a repair',
        'tasker task list --context cart.id=123 --json': 'tasks of that cart, for a program',
      }),
    )
    .action(async (options: ListOptions) => {
      const page = await new TaskServer(options.url).list(queryOf(options));
      if (options.json) return printJson(page);
      print(page.tasks.length > 0 ? taskTable(page.tasks) : 'There are no such tasks\n');
      if (page.next_cursor !== null) print(`\nMore with --cursor ${page.next_cursor}\n`);
    });

function queryOf(options: ListOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const [option, filter] of Object.entries(FILTERS)) {
    const value = options[option];
    if (typeof value === 'string') query.set(filter, value);
  }
  for (const pair of options.context ?? []) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new CommandFailure(`--context ${pair}: write path=value, such as cart.id=123.`);
    query.append(`context.${pair.slice(0, equals)}`, pair.slice(equals + 1));
  }
  return query;
}
