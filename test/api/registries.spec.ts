import type { OpenAPIObject } from '@nestjs/swagger';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { LIVED, LIVED_HANDLERS, SHORT } from './lived-task.js';

interface Answer {
  detail: string;
  registries: object[];
}

const PLAIN = {
  aliases: [],
  capabilities: ['process'],
  config_schema: null,
  dependent_system: null,
  isolation: 'none',
};

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

describe.each(ADAPTERS)('registries under %s', (adapter) => {
  let server: ApiServer;
  const get = async (path: string, status = 200): Promise<Answer> =>
    (await server.http.get(`/tasker/${path}`).expect(status)).body;

  beforeAll(async () => {
    server = await startApi(adapter, { templates: [LIVED, SHORT], handlers: LIVED_HANDLERS, roles: ['api', 'worker'] });
  });
  afterAll(() => server?.stop());

  it('show step handlers with all their names', async () => {
    expect(await get('step_handlers')).toEqual({
      total: 3,
      step_handlers: [
        { ...PLAIN, name: 'answers', class_name: 'Answers', names: ['answers', 'Answers'] },
        { ...PLAIN, name: 'fails', class_name: 'Fails', names: ['fails', 'Fails'] },
        { ...PLAIN, name: 'fails_once', class_name: 'FailsOnce', names: ['fails_once', 'FailsOnce'] },
      ],
    });
  });

  const HANDLERS = {
    name: 'handlers',
    stats: {
      registry_name: 'handlers',
      total: 2,
      total_handlers: 2,
      namespaces: ['default'],
      versions: ['0.1.0'],
      thread_safe: true,
      last_registration: TIME,
    },
    health: { status: 'healthy', registry_size: 2, thread_safe: true, problems: [] },
  };
  const STEP_HANDLERS = {
    name: 'step_handlers',
    stats: { registry_name: 'step_handlers', total: 3, thread_safe: true, last_registration: TIME },
    health: { status: 'healthy', registry_size: 3, thread_safe: true, problems: [] },
  };

  it('say their figures and their health', async () => {
    const { registries } = await get('registries');
    expect(registries).toEqual(expect.arrayContaining([HANDLERS, STEP_HANDLERS]));
  });

  it('are shown by name', async () => {
    expect(await get('registries/handlers')).toEqual(HANDLERS);
    expect(await get('registries/step_handlers')).toEqual(STEP_HANDLERS);
  });

  it.each([
    ['step_handler', 'There is no registry "step_handler". Did you mean "step_handlers"?'],
    ['nowhere_at_all', 'There is no registry "nowhere_at_all". There are '],
    ['toString', 'There is no registry "toString".'],
  ])('answer %s with 404 and what there is', async (name, detail) => {
    const body = await get(`registries/${name}`, 404);
    expect(body).toMatchObject({ status: 404, code: 'not_found' });
    expect(body.detail).toContain(detail);
  });

  it.each(['step_handlers?x=1', 'registries?x=1', 'registries/handlers?x=1'])('answer %s with 400', async (path) => {
    expect(await get(path, 400)).toMatchObject({ code: 'request_invalid', errors: [{ path: 'x' }] });
  });

  it('are documented with exactly the fields that answers have', async () => {
    const document = (await get('openapi.json')) as unknown as OpenAPIObject;
    const answers = {
      Namespaces: 'handlers',
      Namespace: 'handlers/default',
      Handler: 'handlers/default/lived',
      StepHandlers: 'step_handlers',
      Registries: 'registries',
      Registry: 'registries/handlers',
    };
    for (const [schema, path] of Object.entries(answers))
      expect(strangers(document, { $ref: `#/components/schemas/${schema}` }, await get(path))).toEqual([]);
  });
});

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Fields of a value that its schema does not name, and those that it asks for and are not there. */
function strangers(document: OpenAPIObject, given: Schema, value: unknown, path = ''): string[] {
  const { $ref, allOf } = given;
  const name = ($ref ?? allOf?.[0]?.$ref)?.split('/').at(-1);
  const schema = name === undefined ? given : (document.components!.schemas![name] as Schema);
  if (Array.isArray(value))
    return value.flatMap((each, n) => strangers(document, schema.items!, each, `${path}[${n}]`));
  if (typeof value !== 'object' || value === null || !schema.properties) return [];
  const { properties, required = [] } = schema;
  const inner = Object.entries(value).flatMap(([key, each]) =>
    properties[key] ? strangers(document, properties[key], each, `${path}.${key}`) : [`${path}.${key} is unknown`],
  );
  return [...inner, ...required.filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`)];
}
