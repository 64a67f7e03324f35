import { EventCatalog, type EventInfo } from './event-catalog.js';
import type { JsonSchema } from './event-facts.js';

const INTRODUCTION = `# Events

<!-- Written by scripts/write-event-docs.mjs from the catalog in src/events. Change it there. -->

The engine publishes each event once, after the commit that made it true, in the process that committed it. Delivery in
process is at most once: what a subscriber had not finished when its process ended is not repeated. What a subscriber
throws is logged, and reaches neither the engine nor other subscribers. Durable delivery reads the audit trail instead: at
least once, in order per task, tried again where the subscriber fails.

## Subscribing

\`\`\`ts
@EventSubscriber({ events: ['task.completed', 'step.*'], filter: { namespace: 'shop', condition: 'attempt > 1' } })
export class ShopSubscriber {
  handleTaskCompleted(event: TaskerEvent<'task.completed'>) {
    // what happens to the orders of the shop
  }

  handleStepFailed(event: TaskerEvent<'step.failed'>) {
    const code = safeGet(event, 'error_code', 'unknown');
  }
}

@Injectable()
export class OnCall {
  @OnTaskerEvent('task.failed')
  async page({ task_id }: TaskerEvent<'task.failed'>) {
    // a rejected promise is logged, too
  }
}
\`\`\`

- \`events\` names events, their aliases with an underscore for each dot (\`task_completed\`), all that begin alike
  (\`step.*\`, \`observability.worker.*\`), or all (\`*\`).
- \`task.completed\` comes to \`handleTaskCompleted\` or \`handle_task_completed\`; an event without a method of its own to
  \`handle\`. Of a pattern, the events that have no method are left out.
- \`filter\` is a function, or a namespace, a task's name (or lists of them) and a condition over the payload.
- \`delivery: 'durable'\` and \`scope: 'cluster'\` reach facts that other processes have committed: see
  [delivery.md](delivery.md), also for webhooks and streams.
- A task that is created within a transaction of the caller's is told of by durable delivery and in the cluster alone: only
  the caller knows when it commits.
- A name that is not known, an event that no method receives, and a method whose name is nearly or wrongly an event's
  stop the start.
- \`safeGet\`, \`errorOf\`, \`durationOf\`, \`numberAt\` and \`tagsOf\` read payloads without ever throwing.
- \`EventCatalog\` tells a program what this page tells, and of the application's own events; over HTTP,
  \`GET /tasker/events?category=&q=\` and \`GET /tasker/events/{name}\`.

A class may be subscribed by a file instead, in the folders of \`events.subscriptions\` (the server's:
\`config/tasker/subscriptions\`). What the file leaves out is as the class is decorated:

\`\`\`yaml
subscriptions:
  on_call:
    class: PagerDutySubscriber
    delivery: durable
    filter: { namespace: [payments] }
    config:
      routing_key: \${PAGERDUTY_KEY}
      severity_rules: [{ when: "error_category == 'fraud'", severity: critical }]
  orders:
    class: OrderSubscriber # a provider of the application
    events: [order.placed, task.completed]
    enabled: true
    config: { target: warehouse } # comes to its configure(), checked by its configSchema
\`\`\`

With Tasker come \`WebhookSubscriber\` (\`url\`, \`secret\`; durable by itself), \`SentrySubscriber\` (\`dsn\`),
\`PagerDutySubscriber\` (\`routing_key\`, \`trigger_when\`, \`severity_rules\`),
\`SlackSubscriber\` (\`webhooks\`, \`routes\`), \`MetricsSubscriber\` (\`values\`; \`EventMetrics\` has the figures) and
\`ComprehensiveSubscriber\` (all of these). They try nothing again by themselves: durable delivery does.

## Events of your own

Handlers publish events that are declared: by the template (\`custom_events\`), in a file in the folders of
\`events.definitions\` (the server's: \`config/tasker/events\`), or with \`@CustomEvent\` on any provider. Names are dotted, and
their first word is none of the system's; a template's name without a dot has the namespace before it.

\`\`\`yaml
events:
  - name: order.placed
    description: A customer has ordered.
    payload_schema: { type: object, required: [order_id], properties: { order_id: { type: integer } } }
\`\`\`

\`\`\`ts
process({ publish }: StepContext) {
  publish('order.placed', { order_id: 17 });
}
\`\`\`

- An event that is not declared, or a payload that is not as declared, fails the attempt at once and for good.
- What a handler has published becomes visible with the outcome of its attempt, be it success or failure, before the
  event that tells of that; never if the attempt is refused, released or lost. What it publishes in \`transaction()\` goes with
  the transaction.
- Subscribers receive the payload together with the facts of the step; these stand where the payload has keys of the
  same names.

## What a template says

\`events.publish_step_started: false\` and the like, or \`settings.event_publishing: false\`, keep the system's events of its
tasks from being published; states and audit are as ever. \`step_events\` and \`workflow_events\` send an event
to subscribers by their names (\`publish_to\`), besides those that subscribe to it; a name that no subscriber of the process has
is logged at start. Values of fields that the template masks are hidden.
`;

/** The page about the events, in Markdown as Prettier would write it. */
export function eventDocs({ catalog }: EventCatalog = new EventCatalog()): string {
  const events = Object.values<EventInfo>(catalog);
  return [INTRODUCTION, '## Facts', '', factTable(events), '', ...events.flatMap(section)].join('\n');
}

function factTable(events: readonly EventInfo[]): string {
  const facts = new Map<string, JsonSchema>(events.flatMap((event) => Object.entries(propertiesOf(event))));
  const rows = [...facts].map(([fact, schema]) => [`\`${fact}\``, typeOf(schema), schema.description as string]);
  const table = [['fact', 'type', 'what'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function section(event: EventInfo): string[] {
  const { required } = event.payload_schema as { required: string[] };
  const optional = Object.keys(propertiesOf(event)).filter((fact) => !required.includes(fact));
  return [
    `## ${event.name}`,
    '',
    event.description,
    '',
    `- alias: \`${event.name.replaceAll('.', '_')}\``,
    `- published by: ${event.fired_by.join(', ')}`,
    ...(optional.length > 0 ? [`- not in every payload: ${optional.map((fact) => `\`${fact}\``).join(', ')}`] : []),
    '',
    '```json',
    written(event.example_payload),
    '```',
    '',
  ];
}

/** As Prettier writes it: a list in one line where it fits. */
const written = (payload: object): string =>
  JSON.stringify(payload, null, 2).replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, items: string) => {
    return `[${items.replace(/\n\s+/g, ' ')}]`;
  });

const propertiesOf = (event: EventInfo): Record<string, JsonSchema> =>
  event.payload_schema.properties as Record<string, JsonSchema>;

function typeOf({ type, format, const: only, enum: some }: JsonSchema): string {
  if (only !== undefined || some !== undefined) return 'string';
  const types = Array.isArray(type) ? type.join(' or ') : ((type as string | undefined) ?? 'any JSON');
  return format === undefined ? types : `${types} (${format as string})`;
}
