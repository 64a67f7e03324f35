import { join } from 'node:path';
import { createServer, isIP } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  answerUnreadable,
  answerUnroutable,
  setupOpenApi,
  setupProblems,
  startEmbeddedPostgres,
  TaskerError,
  type EmbeddedPostgres,
} from '../index.js';
import { logRequests } from './access-log.js';
import { AppModule } from './app.module.js';
import { authOptions } from './auth-settings.js';
import { logEvents } from './event-log.js';
import { greeting } from './greeting.js';
import type { ServerLogger } from './server-logger.js';
import type { Settings } from './settings.js';

const DEFAULT_PORT = 3000;
/** Names of steps may be 255 characters, and take three times that in a URL. */
const LONGEST_PATH_PART = 1_024;

export interface RunningServer {
  url: string;
  greeting: string;
  /** Drains, closes, and lets go of the embedded database. */
  stop: () => Promise<void>;
}

/** @throws TaskerError saying in one message what is wrong and how to mend it */
export async function startServer(settings: Settings, logger: ServerLogger): Promise<RunningServer> {
  refuseOpenAddress(settings);
  const embedded = settings.database.url ? null : await startDatabase(settings, logger);
  let app: NestFastifyApplication | undefined;
  try {
    app = await NestFactory.create<NestFastifyApplication>(
      AppModule.register(settings, settings.database.url ?? embedded!.url, embedded?.dataDir),
      new FastifyAdapter({
        bodyLimit: settings.body_limit_bytes,
        trustProxy: false,
        frameworkErrors: answerUnroutable,
        clientErrorHandler: answerUnreadable,
        routerOptions: { maxParamLength: LONGEST_PATH_PART },
      }),
      { logger, abortOnError: false },
    );
    setupProblems(app);
    setupOpenApi(app);
    logRequests(app, logger);
    logEvents(app, logger);
    const url = await listen(app, settings);
    return { url, greeting: greeting(url, settings), stop: () => stop(app!, embedded) };
  } catch (error) {
    await app?.close().catch(() => undefined);
    await embedded?.release();
    throw error;
  }
}

async function stop(app: NestFastifyApplication, embedded: EmbeddedPostgres | null): Promise<void> {
  try {
    await app.close();
  } finally {
    await embedded?.release();
  }
}

async function startDatabase({ data_dir: dataDir }: Settings, logger: ServerLogger): Promise<EmbeddedPostgres> {
  const log = (line: string): void => logger.log(line, 'tasker.database');
  return startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log });
}

/** The port that was asked for, else 3000, else any that is free. */
async function listen(app: NestFastifyApplication, { host, port }: Settings): Promise<string> {
  const wanted = port ?? DEFAULT_PORT;
  const taken = await isTaken(wanted, host);
  if (taken && port !== null) {
    throw new TaskerError(
      'configuration_invalid',
      `Port ${port} on ${host} is taken by another program. Set PORT to another one, or to 0 for any that is free.`,
    );
  }
  await app.listen(taken ? 0 : wanted, host);
  const { port: bound } = app.getHttpServer().address() as { port: number };
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`;
}

/** Found out beforehand: an application that has failed to listen cannot try again. */
function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true);
      else reject(new TaskerError('configuration_invalid', `Cannot listen on ${host}:${port}: ${error.message}`));
    });
    probe.listen(port, host, () => probe.close(() => resolve(false)));
  });
}

/** Without authentication, nobody but this machine may reach the server. */
function refuseOpenAddress({ host, auth }: Settings): void {
  if (authOptions(auth) !== undefined || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host))
    return;
  throw new TaskerError(
    'configuration_invalid',
    `HOST=${host} would open Tasker to others, and no authentication is configured. Set TASKER_API_KEYS=true and make ` +
      'a key with `tasker keys create`, or configure auth.jwt in the settings; or listen on 127.0.0.1.',
  );
}
