import { TaskerError } from '../core/errors.js';
import { readFilter, writeCursor, type ListFilter } from './list-filter.js';

const ID = '01a1f8ed-9795-7444-a958-413a8d4e28d1';
const refused = (filter: unknown): string[] => {
  try {
    readFilter(filter as ListFilter);
  } catch (error) {
    expect((error as TaskerError).code).toBe('request_invalid');
    return (error as TaskerError).findings.map(({ path }) => path);
  }
  return [];
};

describe('readFilter', () => {
  it('lists the 25 newest by default', () => {
    expect(readFilter({})).toMatchObject({ limit: 25, filter: { sort: '-created_at', after: null } });
  });

  it('tells everything that is wrong at once', () => {
    const filter = {
      status: 'done',
      sort: 'name',
      limit: 101,
      createdAfter: 'x',
      name: 'a\u0000',
      context: { a: 1 },
      nmae: 'x',
    };
    expect(refused(filter).sort()).toEqual(['context.a', 'createdAfter', 'limit', 'name', 'nmae', 'sort', 'status']);
  });

  it.each([0, -1, 1.5, NaN, '10'])('refuses the limit %p', (limit) => expect(refused({ limit })).toEqual(['limit']));

  it('reads back the cursor that it wrote', () => {
    const cursor = writeCursor('priority', { id: ID, priority: -3 });
    expect(readFilter({ sort: 'priority', cursor }).filter.after).toEqual({ id: ID, priority: -3 });
  });

  it.each([
    '',
    'abc',
    'WzFd',
    Buffer.from(JSON.stringify(['-created_at', 0, `${ID}'; drop`])).toString('base64url'),
    Buffer.from(JSON.stringify(['-created_at', 1e9, ID])).toString('base64url'),
    writeCursor('priority', { id: ID, priority: 0 }),
  ])('refuses %p, which no page of this sort ended with', (cursor) => expect(refused({ cursor })).toEqual(['cursor']));
});
