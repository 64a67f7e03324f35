import { REFUSED, REGISTRY_FACTS } from '../event-facts.js';
import type { RegistryFacts } from '../tasker-events.js';
import type { Definitions } from './event-definition.js';

const handler: Omit<RegistryFacts, 'event'> = {
  timestamp: '2026-01-31T09:30:00.000Z',
  correlation_id: 'deploy-7',
  registry_name: 'handlers',
  entity_type: 'task_handler',
  entity_id: 'payments/payment_processor/2.1.0',
  entity_class: 'PaymentHandler',
  options: { namespace_name: 'payments', version: '2.1.0', replace: true },
};

const plugin: Omit<RegistryFacts, 'event'> = {
  ...handler,
  registry_name: 'plugins',
  entity_type: 'telemetry_plugin',
  entity_id: 'xml',
  entity_class: 'XmlExporter',
  options: { format: 'xml', replace: false },
};

const subscriber: Omit<RegistryFacts, 'event'> = {
  ...handler,
  registry_name: 'subscribers',
  entity_type: 'event_subscriber',
  entity_id: 'notification_subscriber',
  entity_class: 'NotificationSubscriber',
  options: { events: ['task.completed', 'task.failed'], delivery: 'in_process', replace: false },
};

const lacks = (className: string, method: string): { validation_error: string } => ({
  validation_error: `Validation failed: ${className} does not implement required method '${method}'. Required methods: [${method}].`,
});

const facts = REGISTRY_FACTS;
const refused = { ...REGISTRY_FACTS, ...REFUSED };
const firedBy = ['RegistryEvents'];

export const REGISTRY_EVENTS: Definitions<'handler'> & Definitions<'plugin'> & Definitions<'subscriber'> = {
  'handler.registered': {
    description: 'A template, a task handler or a step handler was registered in a process.',
    facts,
    example: handler,
    firedBy,
  },
  'handler.unregistered': {
    description: 'A template, a task handler or a step handler was taken out of a registry.',
    facts,
    example: handler,
    firedBy,
  },
  'handler.validation_failed': {
    description: 'A handler was refused: it lacks a method that would be called.',
    facts: refused,
    example: { ...handler, ...lacks('PaymentHandler', 'process') },
    firedBy,
  },
  'plugin.registered': {
    description: 'An exporter of telemetry was registered in a process.',
    facts,
    example: plugin,
    firedBy,
  },
  'plugin.unregistered': {
    description: 'An exporter of telemetry was taken out of its registry.',
    facts,
    example: plugin,
    firedBy,
  },
  'plugin.validation_failed': {
    description: 'An exporter of telemetry was refused: it lacks a method that would be called.',
    facts: refused,
    example: { ...plugin, ...lacks('XmlExporter', 'export') },
    firedBy,
  },
  'subscriber.registered': {
    description: 'A subscriber to events was registered in a process.',
    facts,
    example: subscriber,
    firedBy,
  },
  'subscriber.unregistered': {
    description: 'A subscriber to events was taken out of its registry.',
    facts,
    example: subscriber,
    firedBy,
  },
  'subscriber.validation_failed': {
    description: 'A subscriber to events was refused: it lacks a method that would be called.',
    facts: refused,
    example: { ...subscriber, ...lacks('NotificationSubscriber', 'handle') },
    firedBy,
  },
};
