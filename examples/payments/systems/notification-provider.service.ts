import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';

/** What `POST /email`, `POST /sms` and `POST /push` take. */
export interface NewNotification {
  to: string;
  template: string;
  priority: string;
  provider: string;
  variables: Record<string, unknown>;
}

export interface SentNotification extends NewNotification {
  notification_id: string;
  channel: string;
  sent_at: string;
}

/** Tells customers things, which here means that it keeps them: once per idempotency key and channel. */
@Injectable()
export class NotificationProvider extends LocalService {
  readonly sent: SentNotification[] = [];

  protected readonly routes: Routes = Object.fromEntries(
    ['email', 'sms', 'push'].map((channel) => [
      `POST /${channel}`,
      (request) =>
        this.once(request, () => {
          const notification: SentNotification = {
            ...(request.body as NewNotification),
            channel,
            notification_id: `notif_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
            sent_at: new Date().toISOString(),
          };
          this.sent.push(notification);
          const { notification_id, sent_at, provider } = notification;
          return { status: 202, body: { notification_id, sent_at, provider } };
        }),
    ]),
  );

  constructor() {
    super('payment_notifications');
  }

  protected clear(): void {
    this.sent.length = 0;
  }
}
