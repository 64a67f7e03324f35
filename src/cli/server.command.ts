import { Command } from 'commander';
import { examples } from './help-text.js';

/** Starts the server in this process. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('start the server: API and worker, as the settings say')
    .addHelpText(
      'after',
      examples({
        'PORT=8080 DATABASE_URL=postgres://… tasker serve': 'uses that port and that database',
        'TASKER_ROLES=api tasker serve': 'takes requests, and leaves the steps to `tasker work`',
      }),
    )
    .action(serve);

/** Starts a process that runs steps and takes no requests. */
export const workCommand = (): Command =>
  new Command('work')
    .description('start a worker: it runs steps, and takes no requests')
    .addHelpText(
      'after',
      examples({ 'DATABASE_URL=postgres://… TASKER_WORKER_SLOTS=50 tasker work': 'runs up to 50 steps at once' }),
    )
    .action(async () => {
      // any free port: that of the settings is the server's, which may start after this
      Object.assign(process.env, { TASKER_ROLES: 'worker', PORT: '0', HOST: '127.0.0.1' });
      await serve();
    });

async function serve(): Promise<void> {
  // it traces what is loaded after it
  await import('../telemetry/preload.js');
  // loaded here, so that no other command waits for it
  const { runServer } = await import('../server/run-server.js');
  await runServer();
}
