import type { EventInfo } from '../../events/event-catalog.js';
import { CATALOG_CATEGORIES, type CatalogCategory } from '../../events/event-name.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const OBJECT = { type: 'object', additionalProperties: true } as const;

/** An event that the engine, or a handler, publishes. */
@ApiSchema({ name: 'EventInfo' })
export class EventResource {
  @ApiProperty({ example: 'step.completed' }) name!: string;
  @ApiProperty({ enum: CATALOG_CATEGORIES, enumName: 'EventCategory' }) category!: CatalogCategory;
  @ApiProperty({ example: 'An attempt succeeded and its results are stored.' }) description!: string;
  @ApiProperty({ ...OBJECT, description: 'JSON Schema 2020-12: every payload is valid under it' })
  payload_schema!: object;
  @ApiProperty({ ...OBJECT, description: 'Valid under the schema' }) example_payload!: object;
  @ApiProperty({ description: 'The classes, or the steps, that publish it', type: [String] })
  fired_by!: readonly string[];
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
