import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { EventCatalog } from '../../src/index.js';

const ajv = addFormats(new Ajv2020({ allErrors: true, strict: false }));
const checks = new WeakMap<object, ValidateFunction>();

/** What is wrong with a payload by the schema that the catalog has for its event, in the form in which it would leave the process; null if nothing is. */
export function payloadProblem({ catalog }: EventCatalog, payload: { event: string }): string | null {
  const info = catalog[payload.event];
  if (!info) return `${payload.event} is not in the catalog`;
  let check = checks.get(info.payload_schema);
  if (!check) {
    check = ajv.compile(info.payload_schema);
    checks.set(info.payload_schema, check);
  }
  const written = JSON.parse(JSON.stringify(payload)) as unknown;
  return check(written) ? null : `${payload.event}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(payload)}`;
}
