import fc from 'fast-check';
import type { LiveContract, Operation } from './live-contract.js';

/** A request as bytes on the wire are made of it. */
export interface HostileRequest {
  operation: Operation;
  /** Path and query, as written on the wire. */
  target: string;
  headers: [string, string][];
  body: Buffer | null;
  /** Whether every part of the path is one that leads to the operation. */
  routed: boolean;
}

const TEXTS = [
  '', ' ', '.', '..', '../../etc/passwd', '%', '%00', '%E0%A4%A', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\ufeff',
  '\u202eabc', '😀'.repeat(200), 'x'.repeat(256), 'x'.repeat(9_000), '__proto__', 'constructor', 'prototype', 'toString',
  'hasOwnProperty', 'null', 'true', '-1', '0', '1e309', 'NaN', '9'.repeat(400), '[]', '{}', '{"a":1}', '[object Object]',
  `'; drop table tasker.task; --`, `' or '1'='1`, '$1', '$$', '\\', '"', '<script>alert(1)</script>', '${7*7}', '{{7*7}}',
  'a,b,,c', '1970-01-01', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '+010000-01-01T00:00:00Z', '2026-02-30',
  '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0-0-0', '9223372036854775808-1-a',
]; // prettier-ignore

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const DEEP = (open: string, close: string, levels: number): string => open.repeat(levels) + '1' + close.repeat(levels);
/** JSON, or nearly, that no JSON.stringify writes. */
const RAW_JSON = [
  DEEP('{"a":', '}', 99), DEEP('{"a":', '}', 101), DEEP('[', ']', 20_000), DEEP('{"context":', '}', 5_000), '1e400', '-1e400', '1e-400',
  '9'.repeat(5_000), '-0', '0.1e1', '"\\ud800"', '"\\u0000"', '{"\\u0000":1}', '{"__proto__":{"name":"x"}}',
  '{"constructor":{"prototype":{"x":1}}}', '{"a":1,"a":2}', '{"name":"a","name":5}', '[1,]', '{"a":}', '{a:1}', "{'a':1}", 'NaN',
  'undefined', '\ufeff{}', '{"a":1}{"b":2}', '', ' ', '"', '[' + '1,'.repeat(20_000) + '1]', `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`).join()}}`,
]; // prettier-ignore

const rawJson = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...RAW_JSON) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
  { weight: 2, arbitrary: text.map((each) => JSON.stringify(each)) },
);

const CONTENT_TYPES = [
  'text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16',
  'application/json; charset=nonsense', 'application/jsonx', 'APPLICATION/JSON', 'application/problem+json', ';', 'json',
]; // prettier-ignore
const HEADERS = [
  'Idempotency-Key', 'X-Correlation-ID', 'traceparent', 'X-Actor', 'Last-Event-ID', 'Accept', 'Authorization', 'X-API-Key', 'Cookie',
  'X-Forwarded-For', 'Content-Encoding', 'If-None-Match', 'Range', 'X-HTTP-Method-Override', 'Origin',
]; // prettier-ignore
/** A header's value is bytes, but never the end of a line. */
const headerValue = text.map((each) => each.replaceAll(/[\r\n]/g, '').slice(0, 4_000));

const encoded = (each: string): string => encodeURIComponent(each.replace(/\p{Surrogate}/gu, '\uFFFD'));

/** Requests of every operation, of which each part is right, nearly so, or hostile. */
export function hostileRequests(contract: LiveContract, known: Record<string, string>): fc.Arbitrary<HostileRequest> {
  return fc.constantFrom(...contract.operations).chain((operation) => {
    const names = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
    const queries = operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
    const path = fc.tuple(
      ...names.map((name) =>
        fc.oneof(
          { weight: 3, arbitrary: fc.constant({ value: encoded(known[name] ?? 'x'), right: true }) },
          { weight: 1, arbitrary: text.map((each) => ({ value: encoded(each), right: false })) },
          { weight: 1, arbitrary: fc.constantFrom('%', '%00', '%ff', '%E0%A4%A', '..', '//', ';x', '*').map((value) => ({ value, right: false })) },
        ),
      ),
    ); // prettier-ignore
    const queryName = fc.oneof(fc.constantFrom(...queries, 'context.a', 'context.', 'context.__proto__.x'), text);
    const query = fc.array(fc.tuple(queryName, text), { maxLength: 4 });
    const header = fc.tuple(fc.constantFrom(...HEADERS), headerValue);
    return fc
      .record({
        path,
        query,
        headers: fc.array(header, { maxLength: 3 }),
        type: fc.oneof({ weight: 8, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: fc.constantFrom(...CONTENT_TYPES) }),
        body: bodies(operation, contract),
      })
      .map((parts) => ({
        operation,
        target: names.reduce((url, name, n) => url.replace(`{${name}}`, () => parts.path[n]!.value), operation.path) + search(parts.query),
        headers: parts.body === null ? parts.headers : [...parts.headers, ['Content-Type', parts.type] as [string, string]],
        body: parts.body,
        routed: parts.path.every(({ right }) => right),
      })); // prettier-ignore
  });
}

const search = (pairs: [string, string][]): string =>
  pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')}`;

function bodies({ body }: Operation, contract: LiveContract): fc.Arbitrary<Buffer | null> {
  const example = body === null ? {} : (contract.example(body) as Record<string, unknown>);
  const fields = [
    ...Object.keys(example),
    'context',
    'tags',
    'priority',
    'run_at',
    'bypass_steps',
    'inputs',
    'results',
    'task',
  ];
  const mutated = fc.tuple(fc.constantFrom(...fields), rawJson).map(([field, value]) => {
    const others = Object.entries(example).filter(([name]) => name !== field);
    return `{${[...others.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`), `${JSON.stringify(field)}:${value}`].join()}}`;
  });
  const whole = fc.oneof(mutated, mutated, mutated, rawJson, fc.constant(JSON.stringify(example)));
  return fc.oneof(
    { weight: body === null ? 4 : 1, arbitrary: fc.constant(null) },
    { weight: 8, arbitrary: whole.map((json) => Buffer.from(json)) },
    { weight: 1, arbitrary: fc.tuple(whole, fc.nat(200)).map(([json, at]) => Buffer.from(json).subarray(0, at)) },
    { weight: 1, arbitrary: fc.tuple(mutated, fc.uint8Array({ minLength: 1, maxLength: 4, min: 0x80 })).map(([json, bytes]) => Buffer.concat([Buffer.from(json.slice(0, 12)), bytes, Buffer.from(json.slice(12))])) },
  ); // prettier-ignore
}
