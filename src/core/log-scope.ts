import { AsyncLocalStorage } from 'node:async_hooks';
import { ConsoleLogger, Logger } from '@nestjs/common';

/** What log lines say of the work that they belong to; the names are those in the lines. */
export interface LogIds {
  correlation_id?: string;
  trace_id?: string;
  span_id?: string;
  task_id?: string;
  task_name?: string;
  namespace?: string;
  step_name?: string;
  /** Counts from 1. */
  attempt?: number;
}

/** Work that log lines may come from: a request, an attempt, an event. Its ids are asked for when a line is written. */
export interface LogScope {
  readonly logIds: LogIds;
}

const current = new AsyncLocalStorage<LogScope>();
let isFollowed = false;

/** Somebody shows ids: from here on, scopes are kept track of whichever logger Nest has. */
export function followLogScopes(): void {
  isFollowed = true;
}

/**
 * Runs `work` so that log lines that it writes, and all that it waits for, carry the scope's ids. Only where somebody may show
 * them: Node 20 follows every promise of the process for it, which is a tenth, and more, of what a step takes that does nothing.
 */
export const runInLogScope = <T>(scope: LogScope, work: () => T): T =>
  isFollowed || hasLoggerOfItsOwn() ? current.run(scope, work) : work();

/** Nest's console logger shows no ids. */
function hasLoggerOfItsOwn(): boolean {
  const logger = Logger['staticInstanceRef'];
  return logger !== undefined && logger.constructor !== ConsoleLogger;
}

/** The ids of the innermost scope; none outside of any. */
export const scopedLogIds = (): LogIds => current.getStore()?.logIds ?? NONE;

const NONE: LogIds = Object.freeze({});
