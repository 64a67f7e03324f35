import { type AddressInfo, createServer } from 'node:net';
import { startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';
import { freePort } from '../../src/persistence/embedded/server-process.js';
import { FAST, Workshop } from '../support/embedded-starter.js';

jest.mock('../../src/persistence/embedded/server-process.js', () => {
  const actual = jest.requireActual('../../src/persistence/embedded/server-process.js');
  return { ...actual, freePort: jest.fn(actual.freePort) };
});

const workshop = new Workshop();
afterAll(() => workshop.clear());

it('tries another port when somebody took the chosen one in between', async () => {
  const rival = createServer();
  await new Promise<void>((resolve) => rival.listen(0, '127.0.0.1', resolve));
  const taken = (rival.address() as AddressInfo).port;
  jest.mocked(freePort).mockResolvedValueOnce(taken);
  const server = await startEmbeddedPostgres({ dataDir: workshop.cluster(), settings: FAST });
  expect(server.port).not.toBe(taken);
  expect(freePort).toHaveBeenCalledTimes(2);
  await server.release();
  rival.close();
});
