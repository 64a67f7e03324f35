import type { JsonObject } from '../../core/json.js';
import { didYouMean } from '../../core/suggest.js';
import type { DeliveryAttempt } from '../../events/durable-options.js';
import { isMeantBy } from '../../events/event-name.js';
import { EventSubscriber } from '../../events/event-subscriber.decorator.js';
import { safeGet } from '../../events/safe-get.js';
import type { AnyEvent } from '../../events/tasker-events.js';
import { DEFAULT_LIMITS, HttpSender, LIMITS_SCHEMA, type SenderLimits } from '../http/http-sender.js';
import type { EventSink } from '../shipped-subscriber.js';
import { TakenParts } from '../taken-parts.js';
import { slackMessage } from './slack-message.js';

/** Where some events go. What is left out allows any. */
export interface SlackRoute {
  /** Names, all that begin alike (`step.*`), or all (`*`). */
  events?: readonly string[];
  environments?: readonly string[];
  namespaces?: readonly string[];
  /** Names of webhooks; none keeps these events to itself. */
  to: readonly string[];
}

export interface SlackConfig extends Partial<SenderLimits> {
  /** Addresses of incoming webhooks, each of one channel, by names of yours. */
  webhooks: Readonly<Record<string, string>>;
  /** The first that an event meets decides. @default all events go to all webhooks */
  routes?: readonly SlackRoute[];
  environment?: string;
}

export const SLACK_EVENTS = [
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.resolved_manually',
  'step.failed',
  'observability.worker.lost',
  'alert.fired',
  'alert.resolved',
] as const;

const names = { type: 'array', items: { type: 'string', minLength: 1 } } as const;

export const SLACK_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['webhooks'],
  properties: {
    webhooks: { type: 'object', minProperties: 1, additionalProperties: { type: 'string', minLength: 1 } },
    routes: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['to'],
        properties: { events: names, environments: names, namespaces: names, to: names },
      },
    },
    environment: { type: 'string', minLength: 1 },
    ...LIMITS_SCHEMA,
  },
};

/** Tells teams in their channels what becomes of tasks. */
@EventSubscriber({ events: SLACK_EVENTS, configSchema: SLACK_CONFIG })
export class SlackSubscriber implements EventSink {
  private readonly channels: ReadonlyMap<string, { url: URL; sender: HttpSender }>;
  private readonly routes: readonly SlackRoute[];
  private readonly environment: string;
  private readonly taken = new TakenParts();

  /** @throws Error where an address is none, or a route names a webhook that there is not */
  constructor({ webhooks, routes = [], environment = 'production', ...limits }: SlackConfig) {
    this.channels = new Map(
      Object.entries(webhooks).map(([name, address]) => {
        const url = addressOf(name, address);
        return [name, { url, sender: new HttpSender('Slack', { ...DEFAULT_LIMITS, ...limits }, [address]) }];
      }),
    );
    this.routes = routes;
    this.environment = environment;
    const unknown = routes.flatMap(({ to }) => to).find((name) => !this.channels.has(name));
    if (unknown === undefined) return;
    throw new Error(
      `routes name the webhook "${unknown}".${didYouMean(unknown, this.channels.keys())} Add it to webhooks`,
    );
  }

  async handle(event: AnyEvent, delivery?: DeliveryAttempt): Promise<void> {
    const body = JSON.stringify(slackMessage(event, this.environment));
    const headers = { 'Content-Type': 'application/json' };
    await this.taken.offer(this.targetsOf(event), delivery, (name) => {
      const { url, sender } = this.channels.get(name)!;
      return sender.send({ url, headers, body });
    });
  }

  private targetsOf(event: AnyEvent): readonly string[] {
    if (this.routes.length === 0) return [...this.channels.keys()];
    return this.routes.find((route) => this.meets(event, route))?.to ?? [];
  }

  private meets(event: AnyEvent, { events, environments, namespaces }: SlackRoute): boolean {
    return (
      (events?.some((pattern) => isMeantBy(pattern, event.event)) ?? true) &&
      (environments?.includes(this.environment) ?? true) &&
      (namespaces?.includes(safeGet(event, 'namespace', '')) ?? true)
    );
  }
}

function addressOf(name: string, address: string): URL {
  if (/^https?:\/\/./.test(address) && URL.canParse(address)) return new URL(address);
  throw new Error(`webhooks.${name} must be the address of an incoming webhook: https://hooks.slack.com/services/…`);
}
