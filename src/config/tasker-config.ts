import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { TaskerError, type Finding } from '../core/errors.js';
import { KeyRing } from '../core/key-ring.js';
import { readLogLevels } from '../core/log-levels.js';
import { DEFAULT_RETRY_AFTER_CAP_MS } from '../core/retry-after.js';
import { didYouMean } from '../core/suggest.js';
import { AUTH, authConfig, type AuthConfig } from './auth-config.js';
import type { TaskerOptions } from './tasker-options.js';

/** Token of the TaskerConfig in force. */
export const TASKER_CONFIG = Symbol('TASKER_CONFIG');

/** Longer spans are slips of the pen: a hundred years. */
const LONGEST_RETENTION_SECONDS = 100 * 365 * 86_400;

const milliseconds = z.number().int().positive().max(2_147_483_647);

function noLogLevelProblems(text: string, context: z.RefinementCtx): void {
  for (const message of readLogLevels(text).problems) context.addIssue({ code: 'custom', message });
}

/** The one schema of the options; every default stands here. */
const SCHEMA = z.strictObject({
  database: z.strictObject({
    url: z.string().regex(/^postgres(ql)?:\/\//, 'must be postgres://user:password@host:port/database'),
    schema: z.string().min(1).max(63).default('tasker'),
    poolSize: z.number().int().min(3).max(1000).default(10),
    migrate: z.boolean().default(true),
    dataDir: z
      .string()
      .min(1)
      .optional()
      .transform((path) => path ?? null),
  }),
  templates: z.array(z.union([z.string().min(1), z.record(z.string(), z.unknown())])).default([]),
  handlers: z.array(z.string().min(1)).default([]),
  roles: z
    .array(z.enum(['api', 'worker']))
    .min(1)
    .default(['api', 'worker']),
  worker: z
    .strictObject({
      slots: z.number().int().min(1).max(10_000).optional(),
      threads: z.number().int().min(1).max(1_000).optional(),
      name: z.string().min(1).max(255).optional(),
      pollMs: milliseconds.default(1_000),
      heartbeatMs: milliseconds.default(2_000),
      silentMs: milliseconds.default(10_000),
      maxLosses: z.number().int().min(1).max(30_000).default(3),
      drainMs: z.number().int().min(0).max(2_147_483_647).default(25_000),
      maxResultBytes: z.number().int().positive().default(1_048_576),
      retryAfterCapMs: milliseconds.default(DEFAULT_RETRY_AFTER_CAP_MS),
      circuitBreaker: z
        .strictObject({
          failureThreshold: z.number().int().min(1).max(1_000).default(5),
          resetTimeoutMs: milliseconds.default(30_000),
        })
        .prefault({}),
    })
    .prefault({}),
  exports: z
    .array(
      z.strictObject({
        format: z.string().min(1),
        what: z.enum(['tasks', 'metrics']),
        file: z.string().min(1),
        everyMs: milliseconds,
        filter: z.record(z.string(), z.unknown()).optional(),
        limit: z.number().int().min(1).optional(),
        steps: z.boolean().optional(),
      }),
    )
    .default([]),
  logging: z
    .strictObject({
      level: z.string().superRefine(noLogLevelProblems).default('info'),
      format: z.enum(['json', 'pretty']).optional(),
      maskedFields: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  http: z
    .strictObject({
      enabled: z.boolean().optional(),
      prefix: z
        .string()
        .regex(/^[\w-]+(\/[\w-]+)*$/, 'must be path segments without slashes around them, e.g. "tasker"')
        .default('tasker'),
      maxBacklog: z.number().int().positive().max(10_000_000).nullable().default(null),
      rateLimit: z
        .strictObject({ perSecond: z.number().positive().max(1_000_000), burst: z.number().int().min(1).optional() })
        .nullable()
        .default(null),
    })
    .prefault({}),
  events: z
    .strictObject({
      definitions: z.array(z.string().min(1)).default([]),
      subscriptions: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      definitions: z.array(z.string().min(1)).default([]),
      everyMs: milliseconds.min(100).default(15_000),
    })
    .prefault({}),
  environment: z.string().min(1).optional(),
  identity: z.enum(['always_unique', 'caller_provided', 'strict']).default('always_unique'),
  retention: z
    .strictObject({
      finishedTasksSeconds: z.number().positive().max(LONGEST_RETENTION_SECONDS).nullable().default(null),
    })
    .prefault({}),
  encryption: z.strictObject({ keys: z.string().optional() }).prefault({}),
  auth: AUTH.optional(),
});

type Checked = z.output<typeof SCHEMA>;

/** What the code reads: the options with nothing optional. */
export interface TaskerConfig extends Omit<
  Checked,
  'worker' | 'http' | 'environment' | 'templates' | 'encryption' | 'auth'
> {
  templates: NonNullable<TaskerOptions['templates']>;
  worker: Omit<Checked['worker'], 'slots' | 'threads' | 'name'> & { slots: number; threads: number; name: string };
  http: {
    enabled: boolean;
    prefix: string;
    maxBacklog: number | null;
    rateLimit: { perSecond: number; burst: number } | null;
  };
  environment: string;
  /** Null: this process has no keys. */
  encryption: KeyRing | null;
  /** Null: only this machine is answered. */
  auth: AuthConfig | null;
}

/**
 * Options with every default filled in.
 *
 * @throws TaskerError `configuration_invalid` naming every mistake
 */
export function resolveConfig(options: TaskerOptions, env: NodeJS.ProcessEnv = process.env): TaskerConfig {
  const parsed = SCHEMA.safeParse(options);
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap(findings));
  const { worker, http, ...rest } = parsed.data;
  const mistakes = contradictions(parsed.data);
  if (mistakes.length > 0) throw invalid(mistakes);
  return {
    ...rest,
    templates: rest.templates as TaskerConfig['templates'],
    worker: {
      ...worker,
      slots: worker.slots ?? defaultSlots(rest.database.poolSize),
      threads: worker.threads ?? availableParallelism(),
      name: worker.name ?? `${hostname()}-${process.pid}`,
    },
    http: {
      prefix: http.prefix,
      enabled: http.enabled ?? true,
      maxBacklog: http.maxBacklog,
      rateLimit: http.rateLimit && {
        perSecond: http.rateLimit.perSecond,
        burst: http.rateLimit.burst ?? Math.ceil(2 * http.rateLimit.perSecond),
      },
    },
    environment: rest.environment ?? env.TASKER_ENV ?? env.NODE_ENV ?? 'development',
    encryption: keyRing(rest.encryption.keys ?? env.TASKER_ENCRYPTION_KEYS ?? ''),
    auth: authConfig(rest.auth),
  };
}

/** Handlers mostly wait for others; the database sees batches. 400 is where a batch of two lanes is full. */
const defaultSlots = (poolSize: number): number => Math.min(400, 20 * poolSize * Math.min(2, availableParallelism()));

function keyRing(keys: string): KeyRing | null {
  if (keys.trim() === '') return null;
  const ring = KeyRing.parse(keys);
  if (ring instanceof KeyRing) return ring;
  throw invalid(ring.map(({ path, message }) => ({ path: `encryption.${path}`, message })));
}

function contradictions({ worker }: Checked): Finding[] {
  if (worker.silentMs >= 2 * worker.heartbeatMs) return [];
  const message = `must be at least twice heartbeatMs (${worker.heartbeatMs}), or one late heartbeat takes a worker for dead`;
  return [{ path: 'worker.silentMs', message }];
}

function findings(issue: z.core.$ZodIssue): Finding[] {
  const at = (key?: string): string => [...issue.path, ...(key === undefined ? [] : [key])].join('.') || 'options';
  if (issue.code !== 'unrecognized_keys') return [{ path: at(), message: issue.message }];
  return issue.keys.map((key) => ({
    path: at(key),
    message: `is not an option.${didYouMean(key, knownKeys(issue.path.map(String)))}`,
  }));
}

const knownKeys = (path: string[]): string[] => {
  let object: z.ZodObject = SCHEMA;
  for (const key of path) {
    const inner = object.shape[key] as z.ZodObject | { def: { innerType: z.ZodObject } };
    object = 'shape' in inner ? inner : inner.def.innerType;
  }
  return Object.keys(object.shape);
};

const invalid = (found: Finding[]): TaskerError =>
  new TaskerError(
    'configuration_invalid',
    `Tasker's options are not valid:\n${found.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`,
    found,
  );
