import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { EventEmitter2 } from 'eventemitter2';
import { CLOCK, SYSTEM_CLOCK, type Clock } from '../core/clock.js';
import { runInLogScope } from '../core/log-scope.js';
import type { TaskTemplate } from '../core/template.js';
import { isMeantBy } from './event-name.js';
import { EventScope } from './event-scope.js';
import { publicationOf, type Publication } from './template-events.js';
import type { AnyEvent, CustomEventPayload, TaskerEventName, TaskerEvents } from './tasker-events.js';

type Payload<E extends TaskerEventName> = Omit<TaskerEvents[E], 'event' | 'timestamp'>;

interface Listener {
  pattern: string;
  deliver: (payload: never) => unknown;
}

/** Writes down what happens to tasks of some templates. */
export interface Auditor {
  wants: (template: TaskTemplate, event: string) => boolean;
  write: (template: TaskTemplate, facts: AnyEvent) => void;
}

/** Whom templates may send events to by name, besides those that subscribe to them. */
interface Sink extends Listener {
  /** What it subscribes to itself. */
  events: ReadonlySet<string>;
}

/**
 * Publishes events to listeners in this process, and as `tasker.<event>` to the host's `EventEmitterModule` where it has
 * one. What a listener does never reaches the engine.
 */
@Injectable()
export class EventBus {
  private readonly logger = new Logger('tasker.events');
  private readonly listeners = new Set<Listener>();
  private readonly sinks = new Map<string, Sink>();
  private readonly watchers = new Map<string, readonly Listener[]>();
  /** Who listens to an event, found when it is first published. */
  private readonly audiences = new Map<string, readonly Listener[]>();
  private readonly publications = new WeakMap<TaskTemplate, Publication>();
  private auditor: Auditor | null = null;

  /** @param host - the emitter of the host's `@nestjs/event-emitter`, for its `@OnEvent('tasker.task.completed')` */
  constructor(
    @Optional() @Inject(EventEmitter2) private readonly host: EventEmitter2 | null = null,
    @Optional() @Inject(CLOCK) private readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  /**
   * @param pattern - an event's name, all that begin alike (`task.*`), or all (`*`)
   * @returns stops the listening
   */
  on<E extends TaskerEventName>(pattern: E, listener: (payload: TaskerEvents[E]) => unknown): () => void;
  on(pattern: string, listener: (payload: AnyEvent) => unknown): () => void;
  on(pattern: string, deliver: (payload: never) => unknown): () => void {
    const listener = { pattern, deliver };
    this.listeners.add(listener);
    this.audiences.clear();
    return () => {
      this.listeners.delete(listener);
      this.audiences.clear();
    };
  }

  /**
   * Lets templates send their events to a subscriber by its name.
   *
   * @param events - what it is subscribed to anyway
   * @returns stops that
   */
  addSink(name: string, events: readonly string[], deliver: (payload: AnyEvent) => unknown): () => void {
    this.sinks.set(name, { pattern: name, deliver, events: new Set(events) });
    return () => void this.sinks.delete(name);
  }

  /**
   * Tells a part of the engine of an event of tasks, whether or not their template has it published, and unmasked.
   *
   * @returns stops the telling
   */
  watch<E extends TaskerEventName>(event: E, deliver: (payload: TaskerEvents[E]) => unknown): () => void {
    const watcher: Listener = { pattern: event, deliver };
    this.watchers.set(event, [...(this.watchers.get(event) ?? []), watcher]);
    return () => {
      const others = this.watchers.get(event)!.filter((one) => one !== watcher);
      if (others.length > 0) this.watchers.set(event, others);
      else this.watchers.delete(event);
    };
  }

  /** Has what happens to tasks written down, whether or not their template has it published, and unmasked. */
  auditBy(auditor: Auditor): void {
    this.auditor = auditor;
  }

  /** Whether templates may send events to anybody by name. */
  get hasSinks(): boolean {
    return this.sinks.size > 0;
  }

  /** Whether anybody in this process would receive an event. */
  hears(event: string, template?: TaskTemplate): boolean {
    if (this.watchers.has(event)) return true;
    if (this.audienceOf(event).length > 0 || this.isHeardByHost(event)) return true;
    if (template === undefined) return false;
    return this.isAudited(template, event) || (this.sinks.size > 0 && this.sinksOf(template, event).length > 0);
  }

  /**
   * @param payload - made only if somebody listens
   * @param to - names of subscribers that it goes to besides those that subscribe to it
   */
  publish<E extends TaskerEventName>(event: E, payload: () => Payload<E>, to: readonly string[] = []): void {
    const sinks = this.sinksNamed(to, event);
    if (sinks.length === 0 && !this.hears(event)) return;
    this.send(event, this.facts(event, payload()), sinks);
  }

  /**
   * The same for what has happened to a task: as its template wants it published.
   *
   * @param payload - made only if somebody listens
   */
  publishOf<E extends TaskerEventName>(template: TaskTemplate, event: E, payload: () => Payload<E>): void {
    if (!this.hears(event, template)) return;
    const publication = this.publicationOf(template);
    const watchers = this.watchers.get(event) ?? NOBODY;
    const isPublished = publication.publishes(event);
    const isAudited = this.isAudited(template, event);
    if (!isPublished && !isAudited && watchers.length === 0) return;
    const facts = this.facts(event, payload());
    if (isAudited) this.auditor!.write(template, facts);
    for (const watcher of watchers) this.deliver(watcher, facts);
    if (isPublished) this.send(event, publication.shown(facts), this.sinksOf(template, event));
  }

  /** What a handler has published. @param payload - made only if somebody listens */
  publishCustom(template: TaskTemplate, event: string, payload: () => CustomEventPayload): void {
    if (!this.hears(event, template)) return;
    this.send(event, this.publicationOf(template).shown(payload()), this.sinksOf(template, event));
  }

  /** A transition of a task that no event tells of, for the audit log alone. @param payload - made only if it is logged */
  note(template: TaskTemplate, transition: string, payload: () => object): void {
    if (this.isAudited(template, transition)) this.auditor!.write(template, this.facts(transition, payload()));
  }

  private isAudited(template: TaskTemplate, event: string): boolean {
    return this.auditor !== null && this.auditor.wants(template, event);
  }

  private facts(event: string, payload: object): AnyEvent {
    return { event, timestamp: new Date(this.clock.now()).toISOString(), ...payload } as AnyEvent;
  }

  private send(event: string, payload: AnyEvent, sinks: readonly Listener[]): void {
    runInLogScope(new EventScope(payload), () => {
      for (const listener of [...this.audienceOf(event), ...sinks]) this.deliver(listener, payload);
      if (!this.isHeardByHost(event)) return;
      this.deliver({ pattern: `tasker.${event}`, deliver: () => this.host!.emit(`tasker.${event}`, payload) }, payload);
    });
  }

  private audienceOf(event: string): readonly Listener[] {
    if (this.listeners.size === 0) return NOBODY;
    const known = this.audiences.get(event);
    if (known) return known;
    const audience = [...this.listeners].filter(({ pattern }) => isMeantBy(pattern, event));
    this.audiences.set(event, audience);
    return audience;
  }

  private isHeardByHost(event: string): boolean {
    return this.host !== null && Boolean(this.host.hasListeners(`tasker.${event}`));
  }

  private sinksOf(template: TaskTemplate, event: string): Sink[] {
    return this.sinks.size === 0 ? [] : this.sinksNamed(this.publicationOf(template).routesOf(event), event);
  }

  private sinksNamed(names: readonly string[], event: string): Sink[] {
    return names
      .map((name) => this.sinks.get(name))
      .filter((sink) => sink !== undefined && !sink.events.has(event)) as Sink[];
  }

  private publicationOf(template: TaskTemplate): Publication {
    const known = this.publications.get(template);
    if (known) return known;
    const publication = publicationOf(template);
    this.publications.set(template, publication);
    return publication;
  }

  private deliver({ pattern, deliver }: Listener, payload: AnyEvent): void {
    try {
      const outcome = deliver(payload as never);
      if (isThenable(outcome)) Promise.resolve(outcome).catch((error: unknown) => this.report(pattern, error));
    } catch (error) {
      this.report(pattern, error);
    }
  }

  private report(pattern: string, error: unknown): void {
    this.logger.error(`A listener of "${pattern}" failed`, error);
  }
}

const NOBODY: readonly Listener[] = [];

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
