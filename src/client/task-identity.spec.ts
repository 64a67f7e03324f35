import { identityOf } from './task-identity.js';
import type { TaskRequest } from './task-request.js';

const REQUEST: TaskRequest = { name: 'n', context: { a: 1, b: [2] }, initiator: 'i', reason: 'r', sourceSystem: 's' };
const keyed = (changes: Partial<TaskRequest>) =>
  identityOf({ ...REQUEST, idempotencyKey: 'k', ...changes }, '1.0.0', 'always_unique');

describe('identityOf', () => {
  it('makes every request a task of its own where no key is given', () => {
    expect(identityOf(REQUEST, '1.0.0', 'always_unique')).toEqual({ key: null, requestHash: null });
  });

  it('does not look at the order of the context’s keys', () => {
    expect(keyed({ context: { b: [2], a: 1 } })).toEqual(keyed({}));
  });

  it('takes a default that is spelled out for one that is not', () => {
    expect(keyed({ namespace: 'default', tags: [], priority: 0, bypassSteps: [] })).toEqual(keyed({}));
  });

  it('does not look at how the request is traced', () => {
    expect(keyed({ correlationId: 'x', traceparent: 'y' })).toEqual(keyed({}));
  });

  it.each<Partial<TaskRequest>>([
    { context: { a: 2, b: [2] } },
    { priority: 1 },
    { tags: ['t'] },
    { runAt: new Date(0) },
    { version: '1.0.0' },
    { bypassSteps: ['x'] },
    { reason: 'other' },
  ])('tells requests apart by %j', (changes) => {
    expect(keyed(changes).requestHash).not.toBe(keyed({}).requestHash);
  });

  it('is the request itself with strict, by the version that it was resolved to', () => {
    const asked = identityOf({ ...REQUEST, version: '1.0.0' }, '1.0.0', 'strict');
    expect(asked.key).toMatch(/^[0-9a-f]{64}$/);
    expect(identityOf(REQUEST, '1.0.0', 'strict')).toEqual(asked);
    expect(identityOf(REQUEST, '1.1.0', 'strict').key).not.toBe(asked.key);
  });
});
