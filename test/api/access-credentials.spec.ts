import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { ApiKeys, StepHandler, type TemplateDefinition } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Issuer, signingKey } from '../support/issuer.js';
import { startApi, type ApiServer } from './api-server.js';
import { EventSource } from './event-source.js';

@StepHandler('one')
class One {
  process() {
    return {};
  }
}

const steps = [{ name: 'one', handler_class: 'one' }];
const TEMPLATES: TemplateDefinition[] = ['shop', 'bank'].map((namespace) => ({
  namespace,
  name: 'order',
  step_templates: steps,
}));
const ORDER = { name: 'order', namespace: 'shop', context: {}, initiator: 'a', reason: 'b', source_system: 'c' };
/** What one process may still believe of a key. */
const SECONDS = 4_000;

describe('credentials', () => {
  let database: TestDatabase;
  let issuer: Issuer;
  let server: ApiServer;
  let keys: ApiKeys;
  const lines: string[] = [];

  beforeAll(async () => {
    [database, issuer] = await Promise.all([createTestDatabase(), Issuer.start(signingKey('RS256', 'one'))]);
    const jwt = { jwksUrl: issuer.url, issuer: 'https://issuer', audience: 'tasker' };
    server = await startApi('fastify', {
      templates: TEMPLATES,
      handlers: [One],
      roles: ['api', 'worker'],
      databaseUrl: database.url,
      auth: { apiKeys: true, jwt },
    });
    keys = server.app.get(ApiKeys, { strict: false });
    const keep = (...told: unknown[]): void => void lines.push(told.map((one) => JSON.stringify(one)).join(' '));
    Logger.overrideLogger({ log: keep, warn: keep, error: keep, debug: keep, verbose: keep, fatal: keep });
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await server?.stop();
    await issuer?.stop();
    await database?.drop();
  });

  const read = (headers: Record<string, string>, path = '/tasker/tasks') => server.http.get(path).set(headers);
  const query = async <Row extends object>(sql: string): Promise<Row[]> => {
    const db = new Client({ connectionString: database.url });
    await db.connect();
    return (await db.query<Row>(sql).finally(() => db.end())).rows;
  };
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + SECONDS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not within ${SECONDS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  describe('an API key', () => {
    it('opens what it may, by either header, in the name that it was given', async () => {
      const { key } = await keys.create({ name: 'ci', permissions: ['tasker.task:*'], namespaces: ['shop'] });
      expect(key).toMatch(/^tsk_[0-9a-f]{16}_[0-9a-f]{64}$/);
      await read({ 'X-API-Key': key }).expect(200);
      const bearer = { Authorization: `Bearer ${key}` };
      await read(bearer, '/tasker/events').expect(403);
      const { body } = await server.http.post('/tasker/tasks').set(bearer).send(ORDER).expect(201);
      await server.http
        .post('/tasker/tasks')
        .set(bearer)
        .send({ ...ORDER, namespace: 'bank' })
        .expect(403);
      const { task_id: id } = body as { task_id: string };
      await server.http
        .patch(`/tasker/tasks/${id}`)
        .set(bearer)
        .send({ tags: ['x'] })
        .expect(200);
      expect((await server.client.getTransitions(id)).map(({ actor }) => actor)).toContain('ci');
    });

    it('is stored as a hash alone', async () => {
      const { key } = await keys.create({ name: 'hashed', permissions: ['*'] });
      const rows = await query<{ row: string }>(`select k::text as row from tasker.api_key k where name = 'hashed'`);
      const secret = key.split('_')[2]!;
      expect(rows[0]!.row).not.toContain(secret);
      expect(rows[0]!.row).not.toContain(Buffer.from(secret).toString('hex'));
    });

    it('is given another secret, and the one before opens for the time that is left to it', async () => {
      const first = (await keys.create({ name: 'turned', permissions: ['tasker.task:index'] })).key;
      await read({ 'X-API-Key': first }).expect(200);
      const second = (await keys.rotate('turned', { graceSeconds: 600 })).key;
      expect(second.slice(0, 20)).toBe(first.slice(0, 20));
      await until(async () => (await read({ 'X-API-Key': second })).status === 200);
      await read({ 'X-API-Key': first }).expect(200);
      await query(`update tasker.api_key set previous_until = now() where name = 'turned'`);
      await until(async () => (await read({ 'X-API-Key': first })).status === 401);
      await keys.rotate('turned');
      await until(async () => (await read({ 'X-API-Key': second })).status === 401);
    });

    it('opens nothing, within seconds, once it is revoked, and its name may be given again', async () => {
      const { key } = await keys.create({ name: 'lost', permissions: ['*'] });
      await read({ 'X-API-Key': key }).expect(200);
      await keys.revoke('lost');
      await until(async () => (await read({ 'X-API-Key': key })).status === 401);
      await keys.create({ name: 'lost', permissions: ['*'] });
      expect(
        (await keys.list()).filter(({ name }) => name === 'lost').map(({ revokedAt }) => revokedAt !== null),
      ).toEqual([false, true]);
    });

    it('opens nothing once it has expired', async () => {
      const { key } = await keys.create({ name: 'brief', permissions: ['*'], expiresAt: new Date(Date.now() + 300) });
      await read({ 'X-API-Key': key }).expect(200);
      await until(async () => (await read({ 'X-API-Key': key })).status === 401);
    });

    it('closes the streams that it has opened once it is revoked', async () => {
      const { key } = await keys.create({
        name: 'listener',
        permissions: ['tasker.event:stream'],
        namespaces: ['bank'],
      });
      const url = `${await server.app.getUrl()}/tasker/stream`;
      const source = await EventSource.open(url, undefined, { 'X-API-Key': key });
      const request = { name: 'order', context: {}, initiator: 'a', reason: 'b', sourceSystem: 'c' };
      await server.client.createTask({ ...request, namespace: 'shop' });
      await server.client.createTask({ ...request, namespace: 'bank' });
      await source.until('the task of the bank has ended', ({ names }) => names.includes('workflow.task_finalized'));
      expect(new Set(source.events.map(({ data }) => data.namespace))).toEqual(new Set(['bank']));
      await keys.revoke('listener');
      await source.until('the stream has ended', ({ isEnded }) => isEnded);
    });

    it('says when it was last used, without a write for each request', async () => {
      const { key } = await keys.create({ name: 'used', permissions: ['*'] });
      const last = async () => (await keys.list()).find(({ name }) => name === 'used')!.lastUsedAt;
      expect(await last()).toBeNull();
      for (let n = 0; n < 5; n += 1) await read({ 'X-API-Key': key }).expect(200);
      await until(async () => (await last()) !== null);
      const rows = await query<{ writes: string }>(
        `select xmin::text as writes from tasker.api_key where name = 'used'`,
      );
      for (let n = 0; n < 5; n += 1) await read({ 'X-API-Key': key }).expect(200);
      expect(await query(`select xmin::text as writes from tasker.api_key where name = 'used'`)).toEqual(rows);
    });

    it.each([
      ['another secret', (key: string) => key.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
      ['another id', (key: string) => key.replace(/^tsk_./, (first) => (first === 'tsk_0' ? 'tsk_1' : 'tsk_0'))],
      ['no secret', (key: string) => key.slice(0, 21)],
      ['more behind it', (key: string) => `${key}0`],
      ['its hash as the secret', () => `tsk_${'0'.repeat(16)}_${'0'.repeat(64)}`],
    ])('with %s is none', async (what, change) => {
      const { key } = await keys.create({ name: `changed: ${what}`, permissions: ['*'] });
      const { body, headers } = await read({ 'X-API-Key': change(key) }).expect(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="tasker", error="invalid_token"');
      expect(body).toMatchObject({ code: 'unauthenticated', detail: 'The API key is not valid.' });
    });

    it('is not made where it would be wrong, with every finding', async () => {
      const wrong = {
        name: '',
        permissions: ['tasker.task:creat'],
        namespaces: [],
        roles: [' '],
        expiresAt: new Date(0),
      };
      await expect(keys.create(wrong)).rejects.toMatchObject({ code: 'request_invalid', findings: { length: 5 } });
      await expect(keys.create({ name: 'ci', permissions: ['*'] })).rejects.toThrow(/rotate it/);
      await expect(keys.rotate('cii')).rejects.toThrow(/Did you mean "ci"\?/);
      await expect(keys.revoke('nobody at all')).rejects.toThrow(/there is no key/);
    });
  });

  describe('a token', () => {
    it('opens what its claims permit, in the name of its subject', async () => {
      const claims = { permissions: ['tasker.task:create', 'tasker.task:update'], namespaces: ['shop'] };
      const bearer = { Authorization: `Bearer ${issuer.sign(claims)}` };
      await read(bearer).expect(403);
      const { body } = await server.http.post('/tasker/tasks').set(bearer).send(ORDER).expect(201);
      const { task_id: id } = body as { task_id: string };
      await server.http
        .patch(`/tasker/tasks/${id}`)
        .set(bearer)
        .send({ tags: ['x'] })
        .expect(200);
      expect((await server.client.getTransitions(id)).map(({ actor }) => actor)).toContain('ann@example.org');
    });

    it('of somebody else opens nothing', async () => {
      const forged = issuer.sign({ permissions: ['*'] }, signingKey('RS256', 'one'));
      const { body, text } = await read({ Authorization: `Bearer ${forged}` }).expect(401);
      expect(body).toMatchObject({ detail: 'The token is not valid: its signature is not good.' });
      expect(text).not.toContain(forged.slice(0, 20));
    });
  });

  it('of other kinds are none', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Digest x', `Bearer a b`]) {
      await read({ Authorization: authorization }).expect(401);
    }
  });

  it('never appear in answers, logs or errors', async () => {
    lines.length = 0;
    const { key } = await keys.create({ name: 'canary', permissions: ['tasker.task:*'] });
    const wrongKey = key.replace(/.{8}$/, 'deadbeef');
    const good = issuer.sign({ permissions: ['tasker.task:*'] });
    const expired = issuer.sign({ permissions: ['*'], exp: 1 });
    const forged = issuer.sign({ permissions: ['*'] }, signingKey('RS256', 'one'));
    const answers: string[] = [];
    for (const secret of [key, wrongKey, good, expired, forged]) {
      for (const headers of [{ 'X-API-Key': secret }, { Authorization: `Bearer ${secret}` }] as Record<
        string,
        string
      >[]) {
        for (const path of [
          '/tasker/tasks',
          '/tasker/tasks?limit=x',
          '/tasker/events',
          '/tasker/handlers/x',
          '/tasker/nowhere',
        ]) {
          const answer = await read(headers, path);
          answers.push(answer.text, JSON.stringify(answer.headers));
        }
        const made = await server.http.post('/tasker/tasks').set(headers).send(ORDER);
        answers.push(made.text);
        if (made.status !== 201) continue;
        const { task_id: id } = made.body as { task_id: string };
        answers.push((await read(headers, `/tasker/tasks/${id}?include=steps,attempts,transitions`)).text);
      }
    }
    answers.push(JSON.stringify(await keys.list()));
    expect(lines.join('\n')).toMatch(/access\.forbidden/);
    expect(lines.join('\n')).toMatch(/access\.unauthenticated/);
    const secrets = [key, wrongKey].map((one) => one.split('_')[2]!);
    const tokens = [good, expired, forged].flatMap((one) => one.split('.').slice(1));
    const told = [...answers, ...lines].join('\n');
    expect([...secrets, ...tokens].filter((secret) => told.includes(secret))).toEqual([]);
  });
});
