import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import type { Plan } from '../registration-context.js';

/** What `POST /welcome_sequences` takes. */
export interface NewWelcomeSequence {
  user_id: string;
  email: string;
  name: string;
  plan: Plan;
  features: readonly string[];
  onboarding_steps: readonly string[];
}

export interface WelcomeSequence extends NewWelcomeSequence {
  sequence_id: string;
  email_ids: string[];
}

const PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** Sends a welcome and a mail for each thing to do, once per user; ten sequences a minute, then 429. */
@Injectable()
export class NotificationService extends LocalService {
  readonly sequences: WelcomeSequence[] = [];
  /** What the minute is counted by, in milliseconds. */
  clock: () => number = Date.now;
  private sentAt: number[] = [];

  protected readonly routes: Routes = {
    'POST /welcome_sequences': (request) => this.limited(() => this.send(request)),
    'GET /welcome_sequences/:user': ({ params }) => {
      const sequence = this.sequences.find(({ user_id }) => user_id === params.user);
      return sequence
        ? { status: 200, body: sequence }
        : { status: 404, body: { code: 'sequence_not_found', message: `User ${params.user} was not welcomed` } };
    },
  };

  constructor() {
    super('registration_notifications');
  }

  protected clear(): void {
    this.sequences.length = 0;
    this.sentAt = [];
  }

  private limited(act: () => ServiceAnswer): ServiceAnswer {
    const now = this.clock();
    this.sentAt = this.sentAt.filter((at) => at > now - MINUTE_MS);
    if (this.sentAt.length >= PER_MINUTE) {
      const body = { code: 'rate_limited', message: `At most ${PER_MINUTE} sequences a minute` };
      return { status: 429, body, headers: { 'retry-after': String(MINUTE_MS / 1000) } };
    }
    this.sentAt.push(now);
    return act();
  }

  private send(request: ServiceRequest): ServiceAnswer {
    const asked = (request.body ?? {}) as Partial<NewWelcomeSequence>;
    if (!asked.user_id || !asked.email || !asked.onboarding_steps) {
      return { status: 400, body: { code: 'missing_field', message: 'Give user_id, email and onboarding_steps' } };
    }
    return this.once(request, () => {
      if (this.sequences.some(({ user_id }) => user_id === asked.user_id)) {
        return { status: 409, body: { code: 'sequence_exists', message: `User ${asked.user_id} was welcomed` } };
      }
      const sequence: WelcomeSequence = {
        ...(asked as NewWelcomeSequence),
        sequence_id: `seq_${id()}`,
        email_ids: ['welcome', ...asked.onboarding_steps!].map(() => `mail_${id()}`),
      };
      this.sequences.push(sequence);
      return { status: 201, body: sequence };
    });
  }
}

const id = (): string => randomUUID().replaceAll('-', '').slice(0, 12);
