import { isFromThisMachine } from './this-machine.js';

const request = (headers: Record<string, string> = {}, remoteAddress = '127.0.0.1', localAddress = '127.0.0.1') => ({
  headers: { host: 'localhost:3000', ...headers },
  socket: { remoteAddress, localAddress },
});

describe('a request', () => {
  it.each([
    ['127.0.0.1', request()],
    ['127.0.0.1 over IPv6', request({}, '::ffff:127.0.0.1', '::ffff:127.0.0.1')],
    ['::1, by its address', request({ host: '[::1]:3000' }, '::1', '::1')],
    ['a socket file', { headers: {}, socket: {} }],
  ])('from %s is from this machine', (_what, given) => expect(isFromThisMachine(given)).toBe(true));

  it.each([
    ['another machine', request({}, '10.0.0.7', '10.0.0.1')],
    ['this machine by an address that others reach', request({}, '10.0.0.1', '10.0.0.1')],
    ['what looks like loopback', request({}, '127.0.0.1.example.org')],
    ['a proxy here', request({ 'x-forwarded-for': '10.0.0.7' })],
    ['a proxy here that follows RFC 7239', request({ forwarded: 'for=10.0.0.7' })],
    ['a page whose name was made to mean this machine', request({ host: 'evil.example.org:3000' })],
    ['a name that begins like ours', request({ host: 'localhost.example.org' })],
  ])('from %s is not', (_what, given) => expect(isFromThisMachine(given)).toBe(false));
});
