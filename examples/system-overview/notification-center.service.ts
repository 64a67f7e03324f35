import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../support/local-service.js';

/** A message that somebody has got. */
export interface Notification {
  notification_id: string;
  kind: 'success_email' | 'failure_alert' | 'step_alert';
  task_id: string;
  text: string;
}

/** Sends e-mails and alerts, which here means that it keeps them: once per idempotency key. */
@Injectable()
export class NotificationCenter extends LocalService {
  readonly sent: Notification[] = [];

  protected readonly routes: Routes = {
    'POST /notifications': (request) =>
      this.once(request, () => {
        const notification = { ...(request.body as Notification), notification_id: randomUUID() };
        this.sent.push(notification);
        return { status: 202, body: { notification_id: notification.notification_id } };
      }),
    'GET /notifications': () => ({ status: 200, body: { notifications: this.sent } }),
  };

  constructor() {
    super('overview_notifications');
  }

  protected clear(): void {
    this.sent.length = 0;
  }
}
