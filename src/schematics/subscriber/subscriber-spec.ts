import type { EventInfo } from '../../events/event-catalog.js';
import type { EventMethod } from './event-method.js';

export const subscriberSpec = (className: string, methods: readonly EventMethod[], specifier: string): string => `\
import { Logger } from '@nestjs/common';
import { EventCatalog } from 'nest-tasker';
import { ${className} } from '${specifier}';

describe('${className}', () => {
  const { catalog } = new EventCatalog();
  const subscriber = new ${className}();
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);

  beforeAll(() => {
    Logger.overrideLogger({ log: write, warn: write, error: write });
  });
  beforeEach(() => {
    lines.length = 0;
  });

${methods.map(testText).join('\n')}});
`;

const testText = ({ name, sample, facts }: EventMethod): string => {
  const told = facts.includes('task_id') ? 'task_id' : facts.find((fact) => !['event', 'timestamp'].includes(fact));
  return `\
  it('reports ${sample.name}', () => {
    const event = ${exampleOf(sample)};
    subscriber.${name}(event);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(event.${told ?? 'event'});
  });
`;
};

/** Of an event that handlers publish, the facts of a step are what every payload has. */
const exampleOf = ({ name, category }: EventInfo): string =>
  category === 'custom'
    ? `{ ...catalog['step.completed'].example_payload, event: '${name}' }`
    : `catalog['${name}'].example_payload`;
