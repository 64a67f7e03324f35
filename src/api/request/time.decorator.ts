import { ApiProperty } from '../swagger.js';

/** Documents a moment that may not have come: ISO 8601, UTC, with milliseconds. */
export const Time = (description?: string): PropertyDecorator =>
  ApiProperty({ description, type: String, format: 'date-time', nullable: true, example: '2026-01-31T09:30:00.000Z' });
