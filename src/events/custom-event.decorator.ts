import type { JsonObject } from '../core/json.js';

export const CUSTOM_EVENTS = 'tasker:custom_events';

export interface CustomEventOptions {
  description?: string;
  /** JSON Schema of what is published. @default any object */
  payloadSchema?: JsonObject;
}

/** What a class is decorated with. */
export interface CustomEventMark extends CustomEventOptions {
  name: string;
}

/**
 * Declares an event that handlers may publish, on any provider: the handler that does so, or a class that keeps such
 * declarations together. It may stand more than once.
 *
 * @param name - dotted: `order.placed`
 */
export const CustomEvent =
  (name: string, options: CustomEventOptions = {}): ClassDecorator =>
  (target) => {
    const earlier = (Reflect.getMetadata(CUSTOM_EVENTS, target) as CustomEventMark[] | undefined) ?? [];
    Reflect.defineMetadata(CUSTOM_EVENTS, [{ name, ...options }, ...earlier], target);
  };
