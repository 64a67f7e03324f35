import type { MessagePort } from 'node:worker_threads';
import type { JsonObject } from '../../core/json.js';
import type { StepInfo, TaskInfo } from '../../registry/step-handler.js';
import type { HandlerContent } from './handler-content.js';

/** Where a thread finds a handler. */
export interface HandlerSource {
  /** Its registered name. */
  name: string;
  className: string;
  /** The file that exports the class. */
  module: string;
}

/** What a thread has found. */
export type Inspection = { name: string; content: HandlerContent } | { name: string; failure: string };

export interface InspectRequest {
  kind: 'inspect';
  handlers: readonly HandlerSource[];
}

/** What a handler gets to know of its step. */
export interface StepFacts {
  task: TaskInfo<never>;
  step: StepInfo;
  config: Readonly<JsonObject>;
  /** Of the ancestors that have finished. */
  names: readonly string[];
  /** Of the ancestors, as JSON, by their names. */
  results: Readonly<Record<string, string>>;
}

export interface StepRequest {
  kind: 'step';
  source: HandlerSource;
  /** As JSON, what the handler must be made of. */
  content: string;
  facts: StepFacts;
  /** For what is said while it runs, and for its outcome. */
  port: MessagePort;
}

/** What was thrown in a thread: an error by its parts, or any other value. */
export type Thrown =
  | {
      error: {
        name: string;
        message: string;
        stack: string | undefined;
        /** Names of its class and of those that it extends. */
        classes: readonly string[];
        fields: Record<string, unknown>;
      };
    }
  | { value: unknown };

/** What is written to a logger in a thread. */
export interface ThreadLine {
  kind: 'log';
  level: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';
  message: unknown[];
  /** Whether the last of what is said is the name of the logger: it is one of Nest's, not the step's own. */
  isNamed: boolean;
}

/** What comes over a step's port; one of the last three comes last. */
export type FromThread =
  | ThreadLine
  | { kind: 'publish'; event: string; payload: unknown }
  | { kind: 'measure'; name: string; value: number; labels?: Record<string, string> }
  | { kind: 'heartbeat'; id: number }
  | { kind: 'done'; json: string }
  | { kind: 'failed'; thrown: Thrown }
  | { kind: 'changed' };
