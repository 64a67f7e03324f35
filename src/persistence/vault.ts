import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import type { Json, JsonObject } from '../core/json.js';
import { SealError } from '../core/key-ring.js';
import { fullName, type TaskTemplate } from '../core/template.js';

/** Whose task it is: decides whether anything is encrypted. */
interface Owner {
  readonly template: TaskTemplate;
}

/**
 * Contexts, results and payloads of events as they are stored: encrypted where the template asks for it, else as they are. Each text is bound to
 * its task and step, so that a row's cannot be put into another's place.
 */
@Injectable()
export class Vault {
  constructor(@Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'encryption'>) {}

  /** @throws SealError where the template asks for encryption and this process has no keys */
  sealContext(owner: Owner, taskId: string, json: string): string {
    return encrypts(owner) ? this.keys(owner).seal(json, contextOf(taskId)) : json;
  }

  /** @throws SealError */
  openContext<T extends object>(owner: Owner, taskId: string, stored: T): T {
    if (!encrypts(owner) || isErased(stored)) return stored;
    return JSON.parse(this.keys(owner).open(JSON.stringify(stored), contextOf(taskId))) as T;
  }

  /** @throws SealError */
  sealResult(owner: Owner, taskId: string, stepNo: number, json: string): string {
    return encrypts(owner) ? this.keys(owner).seal(json, resultOf(taskId, stepNo)) : json;
  }

  /** As JSON. @throws SealError */
  openResult(owner: Owner, taskId: string, stepNo: number, stored: string): string {
    // a step that left nothing, or was skipped or resolved without a result
    if (!encrypts(owner) || stored === 'null') return stored;
    return this.keys(owner).open(stored, resultOf(taskId, stepNo));
  }

  /** @throws SealError */
  openResultValue(owner: Owner, taskId: string, stepNo: number, stored: Json): Json {
    if (!encrypts(owner) || stored === null) return stored;
    return JSON.parse(this.openResult(owner, taskId, stepNo, JSON.stringify(stored))) as Json;
  }

  /** The payload of an event that a handler publishes. @throws SealError */
  sealEvent(owner: Owner, taskId: string, stepNo: number, json: string): string {
    return encrypts(owner) ? this.keys(owner).seal(json, eventOf(taskId, stepNo)) : json;
  }

  /** @throws SealError */
  openEvent(owner: Owner, taskId: string, stepNo: number, stored: JsonObject): JsonObject {
    if (!encrypts(owner) || isErased(stored)) return stored;
    return JSON.parse(this.keys(owner).open(JSON.stringify(stored), eventOf(taskId, stepNo))) as JsonObject;
  }

  /** What an operator gives a step in place of its template's inputs. @throws SealError */
  sealInputs(owner: Owner, taskId: string, stepNo: number, json: string): string {
    return encrypts(owner) ? this.keys(owner).seal(json, inputsOf(taskId, stepNo)) : json;
  }

  /** @throws SealError */
  openInputs(owner: Owner, taskId: string, stepNo: number, stored: JsonObject): JsonObject {
    if (!encrypts(owner)) return stored;
    return JSON.parse(this.keys(owner).open(JSON.stringify(stored), inputsOf(taskId, stepNo))) as JsonObject;
  }

  /** What a task handler says of its task. @throws SealError */
  sealAnnotations(owner: Owner, taskId: string, json: string): string {
    return encrypts(owner) ? this.keys(owner).seal(json, annotationsOf(taskId)) : json;
  }

  /** @throws SealError */
  openAnnotations(owner: Owner, taskId: string, stored: JsonObject): JsonObject {
    if (!encrypts(owner)) return stored;
    return JSON.parse(this.keys(owner).open(JSON.stringify(stored), annotationsOf(taskId))) as JsonObject;
  }

  private keys({ template }: Owner): NonNullable<TaskerConfig['encryption']> {
    if (this.config.encryption) return this.config.encryption;
    throw new SealError(
      `Tasks of ${fullName(template)} are encrypted, and this process has no keys: set TASKER_ENCRYPTION_KEYS.`,
    );
  }
}

export const encrypts = ({ template }: Owner): boolean => template.security.encryption?.enabled === true;

/** What stands in the place of data that were removed, in contexts and in payloads: see erase_tasks.sql. */
const isErased = (stored: object): boolean => (stored as { erased?: unknown }).erased === true;

const contextOf = (taskId: string): string => `task ${taskId} context`;
const annotationsOf = (taskId: string): string => `task ${taskId} annotations`;
const inputsOf = (taskId: string, stepNo: number): string => `task ${taskId} step ${stepNo} inputs`;
const eventOf = (taskId: string, stepNo: number): string => `task ${taskId} step ${stepNo} event`;
const resultOf = (taskId: string, stepNo: number): string => `task ${taskId} step ${stepNo} result`;
