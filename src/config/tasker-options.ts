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
  };
  /** YAML files, folders of them, or templates as objects. */
  templates?: (string | TemplateDefinition)[];
  /** What this process does: take requests, run steps, or both. @default ['api', 'worker'] */
  roles?: Role[];
  worker?: {
    /** Steps run at the same time by this process. @default from the pool and the processor */
    slots?: number;
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
  };
  http?: {
    /** Whether this module answers HTTP: all routes where the role `api` is held, else those for health. @default true */
    enabled?: boolean;
    /** Path of all routes. @default 'tasker' */
    prefix?: string;
  };
  /** Selects the templates' `environments`. @default TASKER_ENV, else NODE_ENV, else 'development' */
  environment?: string;
  /** When two requests are the same task. @default 'always_unique' */
  identity?: 'always_unique' | 'caller_provided' | 'strict';
}
