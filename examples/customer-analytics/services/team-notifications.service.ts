import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';

/** A message in a channel. */
export interface ChannelMessage {
  message_id: string;
  channel: string;
  text: string;
  sent_at: string;
}

/** The company's chat: `POST /channels/<name>/messages`, once per idempotency key. */
@Injectable()
export class TeamNotifications extends LocalService {
  readonly messages: ChannelMessage[] = [];

  protected readonly routes: Routes = {
    'POST /channels/:channel/messages': (request) => {
      const { text } = (request.body ?? {}) as { text?: unknown };
      if (typeof text !== 'string' || text === '') return { status: 400, body: { code: 'missing_text' } };
      return this.once(request, () => {
        const message: ChannelMessage = {
          message_id: `msg_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
          channel: request.params.channel!,
          text,
          sent_at: new Date().toISOString(),
        };
        this.messages.push(message);
        return { status: 201, body: message };
      });
    },
    'GET /channels/:channel/messages': ({ params }) => ({
      status: 200,
      body: { messages: this.messages.filter(({ channel }) => channel === params.channel) },
    }),
  };

  constructor() {
    super('analytics_notifications');
  }

  protected clear(): void {
    this.messages.length = 0;
  }
}
