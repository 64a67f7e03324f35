import type { AuthOptions } from './auth-options.js';
import type { TemplateDefinition } from '../core/template-definition.js';

export type Role = 'api' | 'worker';

/** What a host may pass. Everything but the database's url has a default. */
export interface TaskerOptions {
  database: {
    /** `postgres://user:password@host:port/database`, PostgreSQL 14 or newer. */
    url: string;
    /** Schema of Tasker's tables; made if it is missing. @default 'tasker' */
    schema?: string;
    /** Connections of this process, besides one that listens and one that beats. @default 10 */
    poolSize?: number;
    /** Bring the schema up to date at start. @default true */
    migrate?: boolean;
    /** Folder of the database's own files, where it is on this machine: health reports look at the disk. @default none */
    dataDir?: string;
  };
  /** YAML files, folders of them, or templates as objects. */
  templates?: (string | TemplateDefinition)[];
  /** YAML files, or folders of them, that register step handlers: `handlers: [{ name, class, config }]`. */
  handlers?: string[];
  /** What this process does: take requests, run steps, or both. @default ['api', 'worker'] */
  roles?: Role[];
  worker?: {
    /** Steps run at the same time by this process. @default from the pool and the processor */
    slots?: number;
    /** Threads for step handlers with `isolation: 'thread'`; started only where there is such a handler. @default one for each processor */
    threads?: number;
    /** Shown with the attempts that it ran. @default host name and process id */
    name?: string;
    /** An idle worker looks for steps this often where no notification wakes it, in milliseconds. @default 1000 */
    pollMs?: number;
    /** Between two heartbeats, in milliseconds. @default 2000 */
    heartbeatMs?: number;
    /** A worker that is silent this long is taken for dead, in milliseconds. @default 10000 */
    silentMs?: number;
    /** A step that was lost with its worker this often fails. @default 3 */
    maxLosses?: number;
    /** On shutdown, running steps have this long to finish before they are given back, in milliseconds. @default 25000 */
    drainMs?: number;
    /** Largest result of a step, in bytes of JSON. @default 1048576 */
    maxResultBytes?: number;
    /** A delay that a service asks for by Retry-After is cut to this, in milliseconds. @default 3600000 */
    retryAfterCapMs?: number;
    /** When steps wait for the system that they depend on, unless their `handler_config.circuit_breaker` says otherwise. */
    circuitBreaker?: {
      /** So many failures in a row, over all workers, open its circuit. @default 5 */
      failureThreshold?: number;
      /** For how long it is left alone; doubled by each try that fails, up to five minutes. @default 30000 */
      resetTimeoutMs?: number;
    };
  };
  /** Written over and over by each process that has them. See `ExportService` for what can be exported. @default none */
  exports?: {
    /** `json`, `csv`, `prometheus`, or that of a registered exporter. */
    format: string;
    what: 'tasks' | 'metrics';
    /** Written whole or not at all; the one before is replaced. */
    file: string;
    /** In milliseconds; the first is written at the start. */
    everyMs: number;
    /** Which tasks, as for `TaskerClient.listTasks`. @default all */
    filter?: Record<string, unknown>;
    /** Tasks in all, at most. @default 10000 */
    limit?: number;
    /** Whether tasks come with their steps. @default false */
    steps?: boolean;
  }[];
  /** Of `TaskerLogger`, for an application that logs through it. */
  logging?: {
    /** `info`, or with levels of components: `info,worker=debug,http=warn`. @default 'info' */
    level?: string;
    /** @default 'pretty' in the environments development and test, else 'json' */
    format?: 'json' | 'pretty';
    /**
     * Names of fields, or parts of them, whose values are hidden, besides `password`, `token`, `secret`, `_key` and
     * `authorization`. @default none
     */
    maskedFields?: string[];
  };
  http?: {
    /** Whether this module answers HTTP: all routes where the role `api` is held, else those for health. @default true */
    enabled?: boolean;
    /** Path of all routes. @default 'tasker' */
    prefix?: string;
    /**
     * While more steps than these wait for a worker, requests to create tasks are answered with 503 and Retry-After. Looked at
     * once a second. Null: tasks are created however many wait. @default null
     */
    maxBacklog?: number | null;
    /**
     * Requests that one caller (by its key's or token's name, else by its address) may send to this process: `perSecond` on
     * and on, `burst` at once (default: twice that, at least 1). Others are answered with 429 and Retry-After. Null: any number.
     * @default null
     */
    rateLimit?: { perSecond: number; burst?: number } | null;
  };
  events?: {
    /** YAML files that declare events which handlers may publish, or folders of them. @default none */
    definitions?: string[];
    /** YAML files of subscriptions, or folders of them. @default none */
    subscriptions?: string[];
  };
  alerts?: {
    /** YAML files that declare alerts beside those of templates, or folders of them. @default none */
    definitions?: string[];
    /** Between two looks at the figures of an alert, by all processes together, in milliseconds. @default 15000 */
    everyMs?: number;
  };
  /** Selects the templates' `environments`. @default TASKER_ENV, else NODE_ENV, else 'development' */
  environment?: string;
  /** When two requests are the same task. @default 'always_unique' */
  identity?: 'always_unique' | 'caller_provided' | 'strict';
  /** Who may use Tasker's routes. @default only this machine is answered, whoever asks there */
  auth?: AuthOptions;
  retention?: {
    /**
     * Tasks that came to rest (complete, cancelled, resolved by hand) are deleted this long after, in seconds, with their
     * steps, events and audit; those in error, which can be repaired, are not. Templates may keep theirs longer
     * (`security.audit_logging.retention_period`). Workers look every ten minutes or so. Null: they are kept. @default null
     */
    finishedTasksSeconds?: number | null;
  };
  encryption?: {
    /**
     * Keys of templates that ask for encryption at rest: `id=key,id=key`, the key in force first, each key 32 bytes in base64
     * or hexadecimal. An id that begins with a date (`2026-11-20`) tells the key's age. @default TASKER_ENCRYPTION_KEYS
     */
    keys?: string;
  };
}
