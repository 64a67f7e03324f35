import { engines, eventually, single, SOON } from '../support/engine.js';
import { expectOnlyHeartbeats } from '../support/rows-written.js';

const { start } = engines();

describe('an idle system', () => {
  it('writes nothing but heartbeats, also while a retry is waited for', async () => {
    const engine = await start({
      templates: [
        single('done'),
        single('waits', { retry_backoff: { ...SOON, initial_delay: 3_000, max_delay: 3_000 } }),
      ],
      handlers: {
        done: () => 1,
        waits: () => {
          throw new Error('later');
        },
      },
      // polls and sweeps often, so that what they write would show
      worker: { pollMs: 20, heartbeatMs: 100, silentMs: 300 },
    });
    await engine.run('done');
    const { taskId } = await engine.create('waits');
    await eventually('it waits', () => engine.eventsOf(taskId).includes('step.retry_scheduled'));
    await engine.create('done', { runAt: new Date(Date.now() + 3_600_000) });

    await expectOnlyHeartbeats(engine);
  });
});
