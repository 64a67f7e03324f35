import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';

/** What `POST /messages` takes. */
export interface NewMessage {
  to: string;
  template: string;
  variables: Record<string, unknown>;
}

/** A message that has been sent. */
export interface SentMessage extends NewMessage {
  message_id: string;
  sent_at: string;
}

/** Sends e-mails, which here means that it keeps them: once per idempotency key. */
@Injectable()
export class EmailService extends LocalService {
  readonly sent: SentMessage[] = [];

  protected readonly routes: Routes = {
    'POST /messages': (request) =>
      this.once(request, () => {
        const message: SentMessage = {
          ...(request.body as NewMessage),
          message_id: `msg_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
          sent_at: new Date().toISOString(),
        };
        this.sent.push(message);
        return { status: 202, body: { message_id: message.message_id, sent_at: message.sent_at } };
      }),
    'GET /messages': () => ({ status: 200, body: { messages: this.sent } }),
  };

  constructor() {
    super('order_email');
  }

  protected clear(): void {
    this.sent.length = 0;
  }
}
