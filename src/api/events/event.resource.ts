import { EVENT_CATEGORIES, EVENT_NAMES, type EventInfo } from '../../events/event-catalog.js';
import type { EventCategory } from '../../events/event-pattern.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const OBJECT = { type: 'object', additionalProperties: true } as const;

/** An event that the engine publishes. */
@ApiSchema({ name: 'EventInfo' })
export class EventResource {
  @ApiProperty({ enum: EVENT_NAMES, enumName: 'EventName' }) name!: string;
  @ApiProperty({ enum: EVENT_CATEGORIES, enumName: 'EventCategory' }) category!: EventCategory;
  @ApiProperty({ example: 'An attempt succeeded and its results are stored.' }) description!: string;
  @ApiProperty({ ...OBJECT, description: 'JSON Schema 2020-12: every payload is valid under it' })
  payload_schema!: object;
  @ApiProperty({ ...OBJECT, description: 'Valid under the schema' }) example_payload!: object;
  @ApiProperty({ description: 'The classes that publish it', type: [String] }) fired_by!: readonly string[];
}

@ApiSchema({ name: 'Events' })
export class EventsResource {
  @ApiProperty({ type: [EventResource] }) events!: EventResource[];
}

export const eventResource = (event: EventInfo): EventResource => ({
  name: event.name,
  category: event.category,
  description: event.description,
  payload_schema: event.payload_schema,
  example_payload: event.example_payload,
  fired_by: event.fired_by,
});
