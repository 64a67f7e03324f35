import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { CLOCK, type Clock } from '../core/clock.js';
import { PermanentError } from '../core/errors.js';
import { storableJson, type JsonObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { fullName, type TaskTemplate } from '../core/template.js';
import { keysLost } from '../events/custom-event.js';
import { EventCatalog } from '../events/event-catalog.js';
import { customEventName, isSystemEvent } from '../events/event-name.js';
import { compileContextSchema, type ContextSchema } from '../templates/context-schema.js';
import { AttemptRefusedError, type LiveAttempt } from './live-attempt.js';

/** More than this of one attempt is a loop gone wild. */
const MOST_EVENTS = 1_000;

/** Takes what handlers publish: proves it against its declaration, and keeps it for the attempt's outcome. */
@Injectable()
export class EventPublisher {
  private readonly logger = new Logger('tasker.events');
  /** The checks of declared payloads, made when first needed. */
  private readonly checks = new WeakMap<object, ContextSchema>();
  private readonly warned = new Set<string>();

  constructor(
    private readonly catalog: EventCatalog,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param event - its full name, or without the namespace of the template
   * @throws PermanentError `EVENT_UNDECLARED`, `EVENT_PAYLOAD_INVALID` or `TOO_MANY_EVENTS`
   * @throws AttemptRefusedError where the attempt has ended
   */
  publish(attempt: LiveAttempt, event: string, payload: unknown = {}): void {
    if (attempt.ended || attempt.settling) throw new AttemptRefusedError(attempt.step.name, attempt.attempt);
    const { template } = attempt.memory.entry;
    const name = this.declaredName(template, event);
    const published = (attempt.published ??= []);
    if (published.length >= MOST_EVENTS) {
      throw failure('TOO_MANY_EVENTS', `Step "${attempt.step.name}" publishes more than ${MOST_EVENTS} events.`);
    }
    const json = this.provenJson(template, name, payload);
    const stored = attempt.memory.sealedEvent(attempt.stepNo, json);
    published.push({ name, at: new Date(this.clock.now()), json, stored });
  }

  private declaredName(template: TaskTemplate, event: string): string {
    const given = String(event);
    const own = template.events.customEvents.map(({ name }) => name);
    const everywhere = this.catalog.publishable();
    const full = customEventName(given, template.namespace);
    if (own.includes(full) || everywhere.includes(full)) return full;
    const what = isSystemEvent(given)
      ? `is the system's own: handlers publish events of the application`
      : `is not declared by ${fullName(template)}, nor for all templates.${didYouMean(full, [...own, ...everywhere])}` +
        ` Declare it in custom_events, in a file of events, or with @CustomEvent`;
    throw failure('EVENT_UNDECLARED', `The event ${JSON.stringify(given.slice(0, 255))} ${what}.`);
  }

  private provenJson(template: TaskTemplate, name: string, payload: unknown): string {
    const copy = this.copyOf(name, payload);
    const findings = this.check(template, name)(copy);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path.replace(/^context/, 'payload')}: ${message}`).join('; ');
      throw failure('EVENT_PAYLOAD_INVALID', `The payload of "${name}" is not as declared: ${list}`);
    }
    this.warnOfLostKeys(name, copy);
    const json = JSON.stringify(copy);
    const { maxResultBytes } = this.config.worker;
    if (Buffer.byteLength(json) <= maxResultBytes) return json;
    const size = `${Buffer.byteLength(json)} bytes of JSON; at most ${maxResultBytes} are stored`;
    throw failure('EVENT_PAYLOAD_INVALID', `The payload of "${name}" is ${size}. Publish a reference instead.`);
  }

  private copyOf(name: string, payload: unknown): JsonObject {
    let json: string | undefined;
    try {
      json = JSON.stringify(payload);
    } catch (cause) {
      throw failure('EVENT_PAYLOAD_INVALID', `The payload of "${name}" is not JSON: ${(cause as Error).message}`);
    }
    if (json?.startsWith('{')) return JSON.parse(storableJson(json)) as JsonObject;
    throw failure(
      'EVENT_PAYLOAD_INVALID',
      `The payload of "${name}" must be an object, but is ${json ?? typeof payload}.`,
    );
  }

  /** What the template says itself of an event stands above what is said for all. */
  private check(template: TaskTemplate, name: string): ContextSchema {
    const declared = template.events.customEvents.find((each) => each.name === name) ?? this.catalog.declaration(name)!;
    const known = this.checks.get(declared);
    if (known) return known;
    const check = compileContextSchema(declared.payloadSchema);
    this.checks.set(declared, check);
    return check;
  }

  private warnOfLostKeys(name: string, payload: object): void {
    if (this.warned.has(name)) return;
    const lost = keysLost(payload);
    if (lost.length === 0) return;
    this.warned.add(name);
    this.logger.warn(`Subscribers of "${name}" see facts of the step in the place of ${lost.join(', ')}: rename them.`);
  }
}

const failure = (errorCode: string, message: string): PermanentError =>
  new PermanentError(message, { errorCode, errorCategory: 'validation' });
