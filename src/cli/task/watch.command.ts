import { Command } from 'commander';
import { EXIT_CODE, exitCodeOf } from '../exit-code.js';
import { examples, TASK_EXIT_CODES } from '../help-text.js';
import { Canvas } from '../terminal/canvas.js';
import { print } from '../terminal/output.js';
import { inColour, painted } from '../terminal/style.js';
import type { TransitionAnswer } from './answers.js';
import { pictureOf } from './task-picture.js';
import { TaskServer, urlOption } from './task-server.js';
import { looks } from './task-watch.js';
import { moveLine } from './transition-line.js';

interface WatchOptions {
  url: string;
  json?: boolean;
}

export const watchCommand = (): Command =>
  new Command('watch')
    .description('show how a task goes until it settles: a live picture in a terminal, else a line for each change')
    .argument('<task-id>', 'as `task create` and `task list` print it')
    .addOption(urlOption())
    .option('--json', 'for programs: one JSON object a line for each change')
    .addHelpText(
      'after',
      examples({
        'tasker task watch 0198c2… && ./ship.sh': 'goes on only if the task is complete',
        'tasker task watch 0198c2… | tee run.log': 'keeps a line for each change',
      }) + `\n${TASK_EXIT_CODES}`,
    )
    .action((taskId: string, { url, json }: WatchOptions) => watchTask(new TaskServer(url), taskId, json));

/** Shows a task until it settles, and lets the exit code say how it ended. */
export async function watchTask(server: TaskServer, taskId: string, json = false): Promise<void> {
  const drawn = process.stdout.isTTY && process.env.TERM !== 'dumb' && !json;
  process.exitCode = exitCodeOf(drawn ? await draw(server, taskId) : await report(server, taskId, json));
}

/** @returns the status that the task settled in */
async function draw(server: TaskServer, taskId: string): Promise<string> {
  const { nodes } = await server.diagram(taskId);
  const levels = new Map(nodes.map(({ name, level }) => [name, level]));
  const canvas = new Canvas(process.stdout);
  const interrupt = (): void => {
    canvas.close();
    process.exit(EXIT_CODE.interrupted);
  };
  process.once('SIGINT', interrupt);
  let status = '';
  try {
    for await (const task of looks(server, taskId, ['steps'])) {
      const lines = pictureOf(task, levels, { now: Date.now(), rows: canvas.rows, columns: canvas.columns });
      canvas.draw(lines.map((line) => painted(line, inColour())));
      status = task.status;
    }
  } finally {
    canvas.close();
    process.off('SIGINT', interrupt);
  }
  return status;
}

/** From the audit trail, which misses nothing between two looks. */
async function report(server: TaskServer, taskId: string, json: boolean): Promise<string> {
  const told = new Set<string>();
  let status = '';
  for await (const task of looks(server, taskId, ['transitions'])) {
    for (const move of task.transitions!.filter((one) => isNew(one, told))) {
      print(json ? `${JSON.stringify(move)}\n` : `${painted(moveLine(move), inColour())}\n`);
    }
    status = task.status;
  }
  return status;
}

/** The trail's rows have no id; no two of them are alike in all of this. */
function isNew({ step, attempt, from, to, cause, at }: TransitionAnswer, told: Set<string>): boolean {
  return told.size < told.add(JSON.stringify([step, attempt, from, to, cause, at])).size;
}
