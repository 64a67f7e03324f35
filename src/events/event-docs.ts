import { EventCatalog, type EventInfo } from './event-catalog.js';
import type { JsonSchema } from './event-facts.js';

const INTRODUCTION = `# Events

<!-- Written by scripts/write-event-docs.mjs from the catalog in src/events. Change it there. -->

The engine publishes each event once, after the commit that made it true, in the process that committed it. Delivery is
in-process and at most once: what a subscriber had not finished when its process ended is not repeated. What a subscriber
throws is logged, and reaches neither the engine nor other subscribers.

\`\`\`ts
@EventSubscriber({ events: ['task.completed', 'step.*'], filter: ({ namespace }) => namespace === 'shop' })
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

- \`events\` names events, their aliases with an underscore for the dot (\`task_completed\`), all of a category (\`step.*\`),
  or all (\`*\`).
- \`task.completed\` comes to \`handleTaskCompleted\` or \`handle_task_completed\`; an event without a method of its own to
  \`handle\`. Of a category, the events that have no method are left out.
- A name that is not known, an event that no method receives, and a method whose name is nearly or wrongly an event's
  stop the start.
- \`EventCatalog\` tells a program what this page tells; over HTTP, \`GET /tasker/events\` and \`GET /tasker/events/{name}\`.
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
    JSON.stringify(event.example_payload, null, 2),
    '```',
    '',
  ];
}

const propertiesOf = (event: EventInfo): Record<string, JsonSchema> =>
  event.payload_schema.properties as Record<string, JsonSchema>;

function typeOf({ type, format, const: only }: JsonSchema): string {
  if (only !== undefined) return 'string';
  const types = Array.isArray(type) ? type.join(' or ') : ((type as string | undefined) ?? 'any JSON');
  return format === undefined ? types : `${types} (${format as string})`;
}
