/** Examples for the end of a command's help, each with what it does. */
export function examples(lines: Record<string, string>): string {
  const list = Object.entries(lines).map(([command, effect]) => `  $ ${command}\n      ${effect}`);
  return `\nExamples:\n${list.join('\n')}`;
}

export const EXIT_CODES = `
Exit codes:
  0  done
  1  wrong usage, a finding in a template, a refused request, or no server
  2  the task that was waited for ended in error   (task watch, task create --wait)
  3  the task that was waited for was cancelled    (task watch, task create --wait)`;

export const TASK_EXIT_CODES = `
Exit codes: 0 the task is complete or resolved, 1 the command failed, 2 the task is in error, 3 it was cancelled`;
