import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import { refusal, required } from '../../support/refusal.js';
import { ServiceCall } from '../../support/service-call.js';
import type { AnalyticsContext } from '../analytics-context.js';
import { TeamNotifications, type ChannelMessage } from '../services/team-notifications.service.js';
import type { Analytics } from './extraction.handler.js';
import type { InsightsResult } from './generate-insights.handler.js';
import type { DashboardResult } from './update-dashboard.handler.js';

export interface NotificationsResult {
  notifications_sent: number;
  notifications: { channel: string; message_id: string; sent_at: string }[];
}

const CHANNEL = /^[#@][\w.-]+$/;

/** Tells every channel. A channel that was told by an earlier attempt is not told again: its key is the same. */
@StepHandler('customer_analytics.send_notifications')
export class SendNotificationsHandler extends StepHandlerBase<AnalyticsContext, NotificationsResult> {
  readonly circuitBreaker = true;

  constructor(private readonly service: TeamNotifications) {
    super();
  }

  async process(context: Analytics): Promise<NotificationsResult> {
    const text = textOf(context);
    const notifications: NotificationsResult['notifications'] = [];
    for (const channel of channelsOf(context)) {
      const message = { method: 'POST', segments: [channel, 'messages'], body: { text } } as const;
      const { body } = await new ServiceCall<ChannelMessage, AnalyticsContext>(this.service, message).process(context);
      notifications.push({ channel, message_id: body.message_id, sent_at: body.sent_at });
    }
    const { length } = notifications;
    context.publish('pipeline_milestone_reached', { milestone: 'stakeholders_notified', detail: { channels: length } });
    return { notifications_sent: length, notifications };
  }
}

function channelsOf({ task }: StepContext<AnalyticsContext>): string[] {
  const channels = task.context.notification_channels ?? [];
  if (channels.length === 0) throw refusal('MISSING_NOTIFICATION_CHANNELS', 'No notification_channels are given');
  const wrong = channels.filter((channel) => !CHANNEL.test(channel));
  if (wrong.length === 0) return [...new Set(channels)];
  throw refusal('INVALID_NOTIFICATION_CHANNELS', `Channels begin with # or @: ${wrong.join(', ')}`, {
    channels: wrong,
  });
}

function textOf({ sequence }: Analytics): string {
  const result = sequence.results<InsightsResult | null>('generate_insights');
  const { period, orders, revenue, recommendations } = required(
    result?.insights,
    'MISSING_INSIGHTS_DATA',
    'generate_insights has left no insights',
  );
  const dashboard = sequence.results<DashboardResult | null>('update_dashboard')?.dashboard_update.url;
  const lines = [
    `${period.start_date} to ${period.end_date}: ${orders} orders, ${revenue} revenue`,
    ...recommendations,
  ];
  return [...lines, ...(dashboard ? [dashboard] : [])].join('\n');
}
