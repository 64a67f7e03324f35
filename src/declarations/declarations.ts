import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { TaskerError, type Finding } from '../core/errors.js';
import { fullName, type TaskTemplate } from '../core/template.js';
import type { CustomEventMark } from '../events/custom-event.decorator.js';
import type { DeclaredEvent } from '../events/custom-event.js';
import { escalationEvents } from '../events/escalation-events.js';
import { EventCatalog } from '../events/event-catalog.js';
import { customNameProblem } from '../events/event-name.js';
import { EventSubscriberExplorer } from '../events/event-subscriber.explorer.js';
import { SubscriberFinder } from '../events/found-subscriber.js';
import { Subscribers } from '../events/subscribers.js';
import { modernSchema } from '../templates/schema-dialect.js';
import { schemaProblems } from '../templates/schema-compiler.js';
import { DeclaredSubscribers } from './declared-subscribers.js';
import { readEventFiles } from './event-files.js';

/** What the application declares of events and of who subscribes to them: by templates, files and decorators. */
@Injectable()
export class Declarations {
  constructor(
    private readonly catalog: EventCatalog,
    private readonly finder: SubscriberFinder,
    private readonly declared: DeclaredSubscribers,
    private readonly explorer: EventSubscriberExplorer,
    private readonly subscribers: Subscribers,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /**
   * Adds the events to the catalog, then subscribes who wants events.
   *
   * @param templates - all that were loaded
   * @throws TaskerError `configuration_invalid` naming everything that is wrong
   */
  apply(templates: readonly TaskTemplate[], env: NodeJS.ProcessEnv = process.env): void {
    this.declareEvents(templates, env);
    const { events, environment } = this.config;
    this.explorer.subscribe(this.declared.read(events.subscriptions, env, environment));
    this.subscribers.checkRoutes(templates);
  }

  private declareEvents(templates: readonly TaskTemplate[], env: NodeJS.ProcessEnv): void {
    const findings: Finding[] = [];
    const ofFiles = readEventFiles(this.config.events.definitions, env, findings);
    const ofClasses = this.finder
      .customEvents()
      .flatMap(({ className, marks }) => marks.flatMap((mark) => markedEvent(className, mark, findings)));
    const all = [...ofFiles, ...ofClasses];
    reportContradictions(all, findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Declarations of events are not valid:\n${list}`, findings);
    }
    this.catalog.declare(all, 'application');
    this.catalog.declare(
      templates.flatMap((template) => [
        ...templateEvents(template),
        ...escalationEvents(template, [fullName(template)]),
      ]),
      'template',
    );
  }
}

function markedEvent(className: string, mark: CustomEventMark, findings: Finding[]): DeclaredEvent[] {
  const { name, description = null, payloadSchema = null } = mark;
  const path = `@CustomEvent of ${className}`;
  const wrongName = customNameProblem(String(name));
  const problems = [
    ...(wrongName === null ? [] : [`the name ${JSON.stringify(name)} ${wrongName}`]),
    ...(payloadSchema ? schemaProblems(payloadSchema) : []).map(({ message }) => message),
  ];
  findings.push(...problems.map((message) => ({ path, message })));
  if (problems.length > 0) return [];
  return [{ name, description, payloadSchema: payloadSchema && modernSchema(payloadSchema), firedBy: [className] }];
}

function reportContradictions(events: readonly DeclaredEvent[], findings: Finding[]): void {
  const first = new Map<string, DeclaredEvent>();
  for (const event of events) {
    const known = first.get(event.name) ?? event;
    first.set(event.name, known);
    if (isDeepStrictEqual(known.payloadSchema, event.payloadSchema)) continue;
    const path = `@CustomEvent of ${event.firedBy[0]}`;
    findings.push({ path, message: `"${event.name}" is declared with another payload elsewhere: keep one of them.` });
  }
}

/** What the handlers of a template may publish; a step that declares an event itself is known to publish it. */
function templateEvents(template: TaskTemplate): DeclaredEvent[] {
  return template.events.customEvents.map(({ name, description, payloadSchema }) => {
    const steps = template.steps.filter(({ customEvents }) => customEvents.some((event) => event.name === name));
    const firedBy = steps.length > 0 ? steps.map((step) => `${fullName(template)} ${step.name}`) : [fullName(template)];
    return { name, description, payloadSchema: payloadSchema && modernSchema(payloadSchema), firedBy };
  });
}
