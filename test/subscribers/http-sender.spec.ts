import { HttpSender } from '../../src/subscribers/http/http-sender.js';
import { HttpReceiver } from '../support/http-receiver.js';

const service = new HttpReceiver();
beforeAll(() => service.start());
afterEach(() => service.reset());
afterAll(() => service.stop());

const sender = (limits: object = {}): HttpSender =>
  new HttpSender('Service', { timeout_ms: 5_000, max_pending: 3, ...limits }, ['secret']);
const message = (body = 'x', host = service.host) => ({ url: new URL(`http://${host}/`), headers: {}, body });

describe('messages to a service', () => {
  it('go one after the other, in order, though the first is slow', async () => {
    const to = sender();
    service.answers.push({ status: 200, afterMs: 50 });
    await Promise.all(['a', 'b', 'c'].map((body) => to.send(message(body))));
    expect(service.requests.map(({ body }) => body)).toEqual(['a', 'b', 'c']);
  });

  it('fail at once where too many wait already, and go again once they are through', async () => {
    const to = sender({ max_pending: 2 });
    service.answers.push({ status: 200, afterMs: 50 });
    const waiting = [to.send(message()), to.send(message())];
    await expect(to.send(message())).rejects.toMatchObject({ errorCode: 'QUEUE_FULL', retryable: true });
    await Promise.all(waiting);
    await expect(to.send(message())).resolves.toBe('');
  });

  it('are given up where no answer comes', async () => {
    service.answers.push({ status: 200, afterMs: 5_000 });
    await expect(sender({ timeout_ms: 30 }).send(message())).rejects.toMatchObject({
      message: 'Service could not be reached: no answer within 30 ms',
      errorCode: 'ETIMEDOUT',
      retryable: true,
    });
  });

  it.each([
    [500, true],
    [502, true],
    [503, true],
    [408, true],
    [400, false],
    [401, false],
    [404, false],
    [301, false],
  ])('that are answered %i may be sent again: %s', async (status, retryable) => {
    service.answers.push({ status, body: 'the  secret\nis out' });
    await expect(sender().send(message())).rejects.toMatchObject({
      errorCode: `HTTP_${status}`,
      retryable,
      message: `Service answered ${status}: the *** is out`,
    });
  });

  it('may be sent again where nobody listens', async () => {
    const gone = await new HttpReceiver().start();
    const { host } = gone;
    await gone.stop();
    await expect(sender().send(message('x', host))).rejects.toMatchObject({
      errorCode: 'ECONNREFUSED',
      retryable: true,
    });
  });
});
