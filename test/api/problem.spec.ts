import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { problemOf } from '../../src/api/problem/problem.js';
import { TASKER_ERROR_CODES, TaskerError } from '../../src/core/errors.js';

const SECRET = 'postgres://tasker:s3cret@db:5432/tasker';

const pgError = (code: string): Error => Object.assign(new Error(`${SECRET} failed`), { code });
const answer = (error: unknown) => {
  const { status, code } = problemOf(error, 'id');
  return [status, code];
};

describe('problemOf', () => {
  it.each([...TASKER_ERROR_CODES])('keeps the words of %s to itself where the server is to blame', (code) => {
    const problem = problemOf(new TaskerError(code, SECRET, [{ path: 'a', message: SECRET }]), 'id');
    expect(problem.type).toBe(`urn:tasker:problem:${problem.code}`);
    const isSpoken = ['list_timeout', 'backlog_full'].includes(code);
    if ([500, 503].includes(problem.status) && !isSpoken) expect(JSON.stringify(problem)).not.toContain('s3cret');
    else expect(problem).toMatchObject({ code, detail: SECRET });
  });

  it.each(['ECONNREFUSED', '57P01', '57P03', '08006', '08001', '53300'])(
    'takes %s for an outage of the database',
    (code) => {
      expect(answer(pgError(code))).toEqual([503, 'database_unavailable']);
      expect(answer(new QueryFailedError('select 1', [], pgError(code)))).toEqual([503, 'database_unavailable']);
      expect(answer(new Error('wrapped', { cause: pgError(code) }))).toEqual([503, 'database_unavailable']);
      expect(answer(new AggregateError([pgError(code)]))).toEqual([503, 'database_unavailable']);
    },
  );

  it.each([
    ['a connection that broke', new Error('Connection terminated unexpectedly'), [503, 'database_unavailable']],
    ['a statement that is wrong', new QueryFailedError('select x', [], pgError('42703')), [500, 'internal_error']],
    ['a mistake in the code', new TypeError("reading 'connection' of undefined"), [500, 'internal_error']],
    ['what is no error', SECRET, [500, 'internal_error']],
    ['nothing', undefined, [500, 'internal_error']],
    ['an unknown route', new NotFoundException('Cannot GET /x'), [404, 'not_found']],
    ['a body parser of Express', Object.assign(new Error('too large'), { status: 413 }), [413, 'payload_too_large']],
    ['a guard of the host', new HttpException('Slow down', 429), [429, 'too_many_requests']],
    ['a fault of the host', new HttpException(SECRET, 502), [500, 'internal_error']],
  ])('answers %s', (_fact, error, expected) => {
    expect(answer(error)).toEqual(expected);
    expect(JSON.stringify(problemOf(error, 'id'))).not.toContain('s3cret');
  });

  it('does not quote a body that could not be parsed', () => {
    const error = new BadRequestException(`Unexpected token 's', "{"password": s3cret" is not valid JSON`);
    expect(problemOf(error, 'id')).toMatchObject({ status: 400, detail: 'The body is not valid JSON.' });
  });

  it("names a request's own fields in snake_case, and leaves the names inside the context alone", () => {
    const paths = ['runAt', 'bypassSteps[0]', 'context.cartId', 'context["aB"]'];
    const error = new TaskerError(
      'request_invalid',
      'x',
      paths.map((path) => ({ path, message: 'm' })),
    );
    expect(problemOf(error, 'id').errors.map(({ path }) => path)).toEqual([
      'run_at',
      'bypass_steps[0]',
      'context.cartId',
      'context["aB"]',
    ]);
  });
});
