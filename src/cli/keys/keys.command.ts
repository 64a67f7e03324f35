import { Command, InvalidArgumentError } from 'commander';
import { examples } from '../help-text.js';
import type { CreateOptions, RotateOptions } from './key-actions.js';

// what reaches the database takes longer to load than all the rest
const actions = () => import('./key-actions.js');

/** Commands on the keys of callers; they need the database alone, not a server. */
export const keysCommand = (): Command =>
  new Command('keys')
    .description('API keys, in the database of the settings')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());

const createCommand = (): Command =>
  new Command('create')
    .description('make a key; it is shown this once')
    .argument('<name>', 'whose it is, for the audit trail')
    .requiredOption('-p, --permissions <list>', 'resource:action, resource:* or *, with commas between', listed)
    .option('-n, --namespaces <list>', 'only tasks and templates of these; of all if not given', listed)
    .option('-r, --roles <list>', 'held against the allowed_roles of templates', listed)
    .option('-e, --expires <when>', 'an ISO 8601 time, or in so many days: 90d', moment)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples({
        'tasker keys create ci --permissions tasker.task:create,tasker.task:show': 'may create tasks, and look at them',
        "tasker keys create ops --permissions '*' --namespaces shop --expires 90d":
          'anything in one namespace, for 90 days',
      }),
    )
    .action(async (name: string, options: CreateOptions) => (await actions()).create(name, options));

const listCommand = (): Command =>
  new Command('list')
    .description('list keys, without their secrets')
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'tasker keys list': 'with what they may do, and when they were last used' }))
    .action(async (options: { json?: boolean }) => (await actions()).list(options));

const rotateCommand = (): Command =>
  new Command('rotate')
    .description('give a key another secret; it is shown this once')
    .argument('<name>')
    .option('-g, --grace <seconds>', 'the one before still opens for so long', wholeNumber, 0)
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'tasker keys rotate ci --grace 3600': 'an hour to give it to its holders' }))
    .action(async (name: string, options: RotateOptions) => (await actions()).rotate(name, options));

const revokeCommand = (): Command =>
  new Command('revoke')
    .description('end keys, within seconds in every process')
    .argument('<names...>')
    .addHelpText('after', examples({ 'tasker keys revoke ci': 'its name may then be given again' }))
    .action(async (names: string[]) => (await actions()).revoke(names));

function listed(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}

function moment(text: string): Date {
  const days = /^(\d{1,5})d$/.exec(text);
  const at = days ? new Date(Date.now() + Number(days[1]) * 86_400_000) : new Date(text);
  if (!Number.isNaN(at.getTime()) && (days || /^\d{4}-\d\d-\d\d/.test(text))) return at;
  throw new InvalidArgumentError('Write an ISO 8601 time such as 2027-01-31T00:00:00Z, or days such as 90d.');
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number.');
}
