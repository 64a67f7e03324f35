import { request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient();
});
afterAll(() => parts.end());

it('works', async () => {
  const task = await parts.client.createTask(request());
  const read = await parts.client.getTask(task.taskId, { include: ['steps', 'attempts', 'transitions'] });
  console.log(read);
  expect(read).toMatchObject(task);
});
