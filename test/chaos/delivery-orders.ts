import type { TaskerOptions, TemplateDefinition } from '../../src/index.js';

/** What a node that delivers is told in its environment, as JSON in `CHAOS`. */
export interface DeliveryOrders {
  databaseUrl: string;
  /** Where events are posted to. */
  receiverUrl: string;
  templates: TemplateDefinition[];
  worker: TaskerOptions['worker'];
}

/** Of a durable subscription to everything. */
export const SUBSCRIPTION = 'receiver';
