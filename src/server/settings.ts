import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { JWT_ALGORITHMS, LOG_FORMATS, readLogLevels, TaskerError, type Finding } from '../index.js';

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** One strict schema for `config/*.yaml` and the environment; every default stands here. */
const SCHEMA = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** Null: 3000, or a free one where that is taken. 0: a free one. */
  port: z.number().int().min(0).max(65_535).nullable().default(null),
  log: z
    .strictObject({
      /** `info`, or with levels of components: `info,worker=debug,http=warn`. */
      level: z
        .string()
        .superRefine((text, context) => {
          for (const message of readLogLevels(text).problems) context.addIssue({ code: 'custom', message });
        })
        .default('info'),
      /** Null: lines to read in development and test, else JSON. */
      format: z.enum(LOG_FORMATS).nullable().default(null),
      /** Further names of fields, or parts of them, whose values are hidden. */
      masked_fields: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  body_limit_bytes: z.number().int().positive().default(4_194_304),
  http: z
    .strictObject({
      /** While more steps wait for a worker, no task is created. Null: any number. */
      max_backlog: z.number().int().positive().nullable().default(null),
      /** Of one caller. Null: any number. */
      rate_limit: z
        .strictObject({ per_second: z.number().positive(), burst: z.number().int().min(1).optional() })
        .nullable()
        .default(null),
    })
    .prefault({}),
  /** Load the example workflows. @default in development */
  examples: z.boolean().nullable().default(null),
  /** Folder of the embedded database. */
  data_dir: z.string().min(1).default('.tasker'),
  database: z
    .strictObject({
      /** Null: the embedded database. */
      url: z.string().min(1).nullable().default(null),
      schema: z.string().min(1).default('tasker'),
      pool_size: z.number().int().default(10),
    })
    .prefault({}),
  roles: z
    .array(z.enum(['api', 'worker']))
    .min(1)
    .default(['api', 'worker']),
  templates: z.array(z.string().min(1)).default(['config/tasker/tasks']),
  /** Files that declare events, or folders of them. Null: config/tasker/events, where it is. */
  events: z.array(z.string().min(1)).nullable().default(null),
  /** Files of subscriptions, or folders of them. Null: config/tasker/subscriptions, where it is. */
  subscriptions: z.array(z.string().min(1)).nullable().default(null),
  alerts: z
    .strictObject({
      /** Files that declare alerts, or folders of them. Null: config/tasker/alerts, where it is. */
      definitions: z.array(z.string().min(1)).nullable().default(null),
      /** Between two looks at the figures of an alert, by all processes together. */
      every_seconds: z.number().min(0.1).max(2_147_483).default(15),
    })
    .prefault({}),
  /** Files that register step handlers. Null: config/tasker/handlers.yaml, where it is. */
  handlers: z.array(z.string().min(1)).nullable().default(null),
  /** Tasks or metrics that are written to files over and over. */
  exports: z
    .array(
      z.strictObject({
        format: z.string().min(1),
        what: z.enum(['tasks', 'metrics']),
        file: z.string().min(1),
        every_seconds: z.number().positive().max(2_147_483),
      }),
    )
    .default([]),
  worker: z
    .strictObject({
      slots: z.number().int().min(1).nullable().default(null),
      /** For step handlers with isolation in a thread. Null: one for each processor. */
      threads: z.number().int().min(1).nullable().default(null),
      name: z.string().min(1).nullable().default(null),
      drain_seconds: z.number().min(0).default(25),
      max_result_bytes: z.number().int().positive().default(1_048_576),
    })
    .prefault({}),
  /** Null: only this machine is answered, and no other address is listened on. */
  auth: z
    .strictObject({
      /** Keys that `tasker keys create` makes. */
      api_keys: z.boolean().optional(),
      /** As TaskerModule has it; one of secret, public_key and jwks_url. */
      jwt: z
        .strictObject({
          algorithms: z.array(z.enum(JWT_ALGORITHMS)).min(1).optional(),
          secret: z.string().optional(),
          public_key: z.string().optional(),
          jwks_url: z.string().optional(),
          issuer: texts.optional(),
          audience: texts.optional(),
          clock_skew_seconds: z.number().int().min(0).max(300).optional(),
          permissions_claim: z.string().min(1).optional(),
          roles_claim: z.string().min(1).optional(),
          namespaces_claim: z.string().min(1).optional(),
        })
        .optional(),
    })
    .nullable()
    .default(null),
  retention: z
    .strictObject({
      /** Finished tasks are deleted after this. Null: they are kept. */
      finished_tasks_seconds: z.number().positive().nullable().default(null),
    })
    .prefault({}),
  identity: z.enum(['always_unique', 'caller_provided', 'strict']).default('always_unique'),
});

export interface Settings extends z.output<typeof SCHEMA> {
  environment: string;
}

type Tree = { [key: string]: unknown };

/** How each environment variable says its setting. */
const VARIABLES: Record<string, (value: string) => Tree> = {
  HOST: (value) => ({ host: value }),
  PORT: (value) => ({ port: numeric(value) }),
  LOG_LEVEL: (value) => ({ log: { level: value } }),
  DATABASE_URL: (value) => ({ database: { url: value } }),
  TASKER_SCHEMA: (value) => ({ database: { schema: value } }),
  TASKER_DATA_DIR: (value) => ({ data_dir: value }),
  TASKER_ROLES: (value) => ({ roles: listed(value) }),
  TASKER_TEMPLATES: (value) => ({ templates: value.split(delimiter).filter((path) => path !== '') }),
  TASKER_API_KEYS: (value) => ({ auth: { api_keys: truth(value) } }),
  TASKER_JWT_ALGORITHMS: (value) => ({ auth: { jwt: { algorithms: listed(value) } } }),
  TASKER_JWT_SECRET: (value) => ({ auth: { jwt: { secret: value } } }),
  TASKER_JWT_PUBLIC_KEY: (value) => ({ auth: { jwt: { public_key: value } } }),
  TASKER_JWT_JWKS_URL: (value) => ({ auth: { jwt: { jwks_url: value } } }),
  TASKER_JWT_ISSUER: (value) => ({ auth: { jwt: { issuer: value } } }),
  TASKER_JWT_AUDIENCE: (value) => ({ auth: { jwt: { audience: value } } }),
  TASKER_RETENTION_SECONDS: (value) => ({ retention: { finished_tasks_seconds: numeric(value) } }),
  TASKER_WORKER_SLOTS: (value) => ({ worker: { slots: numeric(value) } }),
};

/**
 * What is in force: the defaults, `default.yaml`, the environment's own file, then the environment variables.
 *
 * @throws TaskerError `configuration_invalid` naming every mistake, and where it stands
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, folder = resolve('config')): Settings {
  const environment = env.TASKER_ENV || env.NODE_ENV || 'development';
  const mistakes: Finding[] = [];
  let tree: Tree = {};
  for (const path of [join(folder, 'default.yaml'), join(folder, `${environment}.yaml`)]) {
    const layer = readYaml(path, mistakes);
    mistakes.push(...check(layer, path));
    tree = merge(tree, layer);
  }
  for (const [name, read] of Object.entries(VARIABLES)) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    const layer = read(value);
    mistakes.push(...check(layer, name));
    tree = merge(tree, layer);
  }
  if (mistakes.length > 0) {
    const list = mistakes.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
    throw new TaskerError('configuration_invalid', `The settings are not valid:\n${list}`, mistakes);
  }
  return { ...SCHEMA.parse(tree), environment };
}

/** Settings as they may be shown: the database's password and the secret of tokens are masked. */
export function maskSettings(settings: Settings): Settings {
  const url = settings.database.url
    ?.replace(/(\/\/[^:@/]*):.*@/, '$1:***@')
    .replace(/([?&][^=&]*password=)[^&]*/gi, '$1***');
  const { auth } = settings;
  const jwt = auth?.jwt?.secret === undefined ? auth?.jwt : { ...auth.jwt, secret: '***' };
  return { ...settings, database: { ...settings.database, url: url ?? null }, auth: auth && { ...auth, jwt } };
}

function check(layer: Tree, origin: string): Finding[] {
  const parsed = SCHEMA.safeParse(layer);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({
    path: [origin, path.join('.')].filter(Boolean).join(' '),
    message,
  }));
}

function readYaml(path: string, mistakes: Finding[]): Tree {
  if (!existsSync(path)) return {};
  const document = parseDocument(readFileSync(path, 'utf8'));
  mistakes.push(...document.errors.map((error) => ({ path, message: error.message })));
  if (document.errors.length > 0) return {};
  const value = (document.toJS() ?? {}) as unknown;
  if (isTree(value)) return value;
  mistakes.push({ path, message: 'must be a map of settings' });
  return {};
}

function merge(base: Tree, over: Tree): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const listed = (value: string): string[] => value.split(',').map((part) => part.trim());
/** What is neither is left for the schema to refuse. */
const truth = (value: string): boolean | string => (/^(true|false)$/.test(value) ? value === 'true' : value);
/** A text that is no number is left for the schema to refuse. */
const numeric = (value: string): number | string => (/^\d+$/.test(value.trim()) ? Number(value) : value);
