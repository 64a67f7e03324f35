import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { runInLogScope } from '../core/log-scope.js';
import { structuredLine } from '../core/structured-line.js';
import { LogOutput } from './log-output.js';
import { TaskerLogger, type LoggerSettings } from './tasker-logger.js';

describe('TaskerLogger', () => {
  let folder: string;
  let logger: TaskerLogger;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tasker-log-'))));
  afterEach(() => {
    Logger.overrideLogger(false);
    logger.flush();
    rmSync(folder, { recursive: true });
  });

  const use = (settings: LoggerSettings = {}): void => {
    logger = new TaskerLogger({
      format: 'json',
      ...settings,
      output: new LogOutput(openSync(join(folder, 'log'), 'a')),
    });
    Logger.overrideLogger(logger);
  };
  const text = async (): Promise<string> => {
    await logger.drained();
    return readFileSync(join(folder, 'log'), 'utf8');
  };
  const lines = async (): Promise<Record<string, unknown>[]> =>
    (await text())
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('writes one JSON object a line, named after the logger', async () => {
    use();
    new Logger('tasker.worker').log('Two\nlines');
    new Logger('OrdersService').warn('Mine');
    expect(await lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        pid: process.pid,
        hostname: expect.any(String) as string,
        component: 'worker',
        msg: 'Two\nlines',
      },
      expect.objectContaining({ level: 'warn', component: 'OrdersService', msg: 'Mine' }),
    ]);
  });

  it('adds the ids of the work that a line is written for, however deep in it', async () => {
    use();
    const scope = { logIds: { correlation_id: 'c-1', task_id: 't-1', attempt: 2 } };
    await runInLogScope(scope, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      new Logger('Mine').log('within');
    });
    new Logger('Mine').log('outside');
    const [within, outside] = await lines();
    expect(within).toMatchObject({ ...scope.logIds, msg: 'within' });
    expect(outside).not.toHaveProperty('correlation_id');
  });

  it('makes fields of objects, and never two of one name', async () => {
    use();
    const line = { event: 'access.forbidden', principal: 'ann', time: 'noon', level: 9, err: 'e', password: 'hush' };
    new Logger('tasker.auth').warn(structuredLine(line));
    new Logger('Mine').log('paid', { amount: 5 }, { currency: 'EUR' });
    const written = await text();
    expect(written.match(/"time":/g)).toHaveLength(2);
    expect((await lines())).toMatchObject([
      { level: 'warn', msg: 'access.forbidden', principal: 'ann', time_: 'noon', level_: 9, err_: 'e', password: '***' },
      { msg: 'paid', amount: 5, currency: 'EUR' },
    ]); // prettier-ignore
  });

  it('shows errors as err, however they are passed', async () => {
    use();
    const error = new RangeError('too far');
    const mine = new Logger('Mine');
    mine.error('It failed', error);
    mine.error(error);
    mine.error('It failed', error.stack);
    logger.error(error);
    const err = { type: 'RangeError', message: 'too far', stack: expect.stringContaining('logger.spec') as string };
    expect(await lines()).toMatchObject([
      { level: 'error', component: 'Mine', msg: 'It failed', err },
      { component: 'Mine', msg: 'too far', err },
      { component: 'Mine', msg: 'It failed', err },
      { component: 'app', msg: 'too far', err },
    ]);
  });

  it('writes what is at least as grave as the level of the component, else of all', async () => {
    use({ level: 'warn,worker=debug,http=fatal' });
    for (const name of ['tasker.worker', 'tasker.http', 'tasker.auth', 'Mine']) {
      const one = new Logger(name);
      one.verbose('trace');
      one.debug('debug');
      one.log('info');
      one.warn('warn');
      one.error('error');
      one.fatal('fatal');
    }
    const written = (await lines()).map(({ component, level }) => `${component as string} ${level as string}`);
    expect(written).toEqual([
      ...['debug', 'info', 'warn', 'error', 'fatal'].map((level) => `worker ${level}`),
      'http fatal',
      ...['warn', 'error', 'fatal'].map((level) => `auth ${level}`),
      ...['warn', 'error', 'fatal'].map((level) => `Mine ${level}`),
    ]);
  });

  it('refuses a level that it does not know', async () => {
    use();
    expect(() => new TaskerLogger({ level: 'info,wroker=debug' })).toThrow(/"wroker" is no component. Did you mean/);
  });

  it('writes lines to read, in order with other text', async () => {
    use({ format: 'pretty' });
    new Logger('tasker.worker').log('One');
    logger.say('Tasker is ready on http://127.0.0.1:3000\n');
    new Logger('tasker.worker').error('Two', new Error('away'));
    const [first, second, third, ...stack] = (await text()).split('\n');
    expect(first).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: \[worker\] One$/);
    expect(second).toBe('Tasker is ready on http://127.0.0.1:3000');
    expect(third).toMatch(/ERROR: \[worker\] Two/);
    expect(stack.join('\n')).toContain('logger.spec');
  });
});
