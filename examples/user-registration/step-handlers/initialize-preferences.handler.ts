import { StepHandler, type ApiRequest } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { DEFAULT_PREFERENCES, type Preferences } from '../registration-context.js';
import { PreferencesService, type StoredPreferences } from '../services/preferences.service.js';
import { accountOf } from './ancestors.js';
import { ApiBaseHandler, type Made, type Registration } from './api-base.handler.js';

export interface PreferencesResult {
  /** Null where they are not stored. */
  preferences_id: string | null;
  preferences: Preferences;
  status: Made | 'degraded';
}

/** Stores what the user wants to hear of. Where that cannot be stored, nothing is sent that nobody has asked for. */
@StepHandler('user_registration.initialize_preferences')
export class InitializePreferencesHandler extends ApiBaseHandler<StoredPreferences, PreferencesResult> {
  constructor(protected readonly service: PreferencesService) {
    super();
  }

  protected override request(context: Registration, configured: ApiRequest): ApiRequest {
    const preferences = { ...DEFAULT_PREFERENCES, ...context.task.context.preferences };
    return { ...configured, method: 'POST', body: { user_id: accountOf(context).user_id, preferences } };
  }

  protected override resultOf(stored: StoredPreferences, _context: Registration, status: Made): PreferencesResult {
    return {
      preferences_id: required(
        stored?.preferences_id,
        'MISSING_PREFERENCES_ID',
        'The preferences service has answered no preferences_id',
      ),
      preferences: required(
        stored.preferences,
        'MISSING_PREFERENCES_DATA',
        'The preferences service has answered no preferences',
      ),
      status,
    };
  }

  protected override existing(context: Registration): Promise<StoredPreferences> {
    return this.ask(context, { segments: [accountOf(context).user_id] });
  }

  protected override withoutService(): PreferencesResult {
    return { preferences_id: null, preferences: DEFAULT_PREFERENCES, status: 'degraded' };
  }
}
