import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';

/** What `POST /notifications` takes. */
export interface NewNotification {
  type: string;
  recipient: string;
  variables: Record<string, unknown>;
}

export interface SentNotification extends NewNotification {
  notification_id: string;
  sent_at: string;
}

/** Tells customers, once per idempotency key. */
@Injectable()
export class RefundNotifications extends LocalService {
  readonly sent: SentNotification[] = [];

  protected readonly routes: Routes = {
    'POST /notifications': (request) => {
      const asked = (request.body ?? {}) as Partial<NewNotification>;
      if (!asked.recipient || !asked.type) return { status: 422, body: { code: 'missing_field' } };
      return this.once(request, () => {
        const notification: SentNotification = {
          ...(asked as NewNotification),
          notification_id: `ntf_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
          sent_at: new Date().toISOString(),
        };
        this.sent.push(notification);
        return { status: 202, body: notification };
      });
    },
    'GET /notifications': () => ({ status: 200, body: { notifications: this.sent } }),
  };

  constructor() {
    super('refund_notifications');
  }

  protected clear(): void {
    this.sent.length = 0;
  }
}
