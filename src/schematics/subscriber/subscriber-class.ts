import type { EventMethod } from './event-method.js';

export function subscriberClass(className: string, methods: readonly EventMethod[]): string {
  const events = methods.flatMap(({ patterns }) => patterns);
  return `\
import { Logger } from '@nestjs/common';
import { EventSubscriber, type EventOf } from 'nest-tasker';

/** Receives events after the commit that made them true. What it throws is logged, and stops no task. */
@EventSubscriber({ events: [${events.map((event) => `'${event}'`).join(', ')}] })
export class ${className} {
  private readonly logger = new Logger(${className}.name);

${methods.map(methodText).join('\n')}}
`;
}

const methodText = ({ name, patterns, facts, level }: EventMethod): string => `\
  ${name}(event: EventOf<${patterns.map((pattern) => `'${pattern}'`).join(' | ')}>): void {
    this.logger.${level}(\`${messageOf(facts)}\`);
  }
`;

/** What tells the reader of a log most, in words. */
function messageOf(facts: readonly string[]): string {
  const has = (fact: string): boolean => facts.includes(fact);
  const value = (fact: string): string => `\${event.${fact}}`;
  const parts = [value('event')];
  if (has('step_name')) parts.push(`step ${value('step_name')}`);
  if (has('task_id')) parts.push(`task ${value('task_name')} ${value('task_id')}`);
  if (has('error_message')) parts.push(value('error_message'));
  const told = parts.length > 1 ? [] : facts.filter((fact) => !['event', 'timestamp'].includes(fact)).slice(0, 3);
  return [...parts, ...told.map((fact) => `${fact} ${value(fact)}`)].join(', ');
}
