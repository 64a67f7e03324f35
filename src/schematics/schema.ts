import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The kinds of elements that there are generators for. */
export const ELEMENT_KINDS = ['step-handler', 'task', 'subscriber', 'authenticator'] as const;
export type ElementKind = (typeof ELEMENT_KINDS)[number];

/** An option of a generator, as its `schema.json` has it. */
export interface OptionSchema {
  type: string | string[];
  description: string;
  default?: unknown;
  enum?: string[];
  /** False for what only tools set. */
  visible?: boolean;
}

/** What a generator is, and what it may be told: the one description of it that every door reads. */
export interface ElementSchema {
  description: string;
  properties: Record<string, OptionSchema>;
}

export const schemaOf = (kind: ElementKind): ElementSchema =>
  JSON.parse(readFileSync(join(__dirname, kind, 'schema.json'), 'utf8')) as ElementSchema;
