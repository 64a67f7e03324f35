import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import type { Preferences } from '../registration-context.js';

/** What `POST /preferences` takes. */
export interface NewPreferences {
  user_id: string;
  preferences: Preferences;
}

export interface StoredPreferences extends NewPreferences {
  preferences_id: string;
}

/** Keeps what users want to hear of. */
@Injectable()
export class PreferencesService extends LocalService {
  readonly stored: StoredPreferences[] = [];

  protected readonly routes: Routes = {
    'POST /preferences': (request) => this.create(request),
    'GET /preferences/:user': ({ params }) => {
      const stored = this.stored.find(({ user_id }) => user_id === params.user);
      return stored
        ? { status: 200, body: stored }
        : { status: 404, body: { code: 'preferences_not_found', message: `User ${params.user} has none` } };
    },
  };

  constructor() {
    super('registration_preferences');
  }

  protected clear(): void {
    this.stored.length = 0;
  }

  private create(request: ServiceRequest): ServiceAnswer {
    const { user_id, preferences } = (request.body ?? {}) as Partial<NewPreferences>;
    if (!user_id || !preferences) {
      return { status: 400, body: { code: 'missing_field', message: 'Give user_id and preferences' } };
    }
    return this.once(request, () => {
      if (this.stored.some((one) => one.user_id === user_id)) {
        return { status: 409, body: { code: 'preferences_exist', message: `User ${user_id} has preferences` } };
      }
      const stored = { preferences_id: `pref_${randomUUID().replaceAll('-', '').slice(0, 12)}`, user_id, preferences };
      this.stored.push(stored);
      return { status: 201, body: stored };
    });
  }
}
