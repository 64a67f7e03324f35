import { StepHandler } from 'nest-tasker';
import type { CustomerRecord } from '../services/records.js';
import { CrmSystem } from '../services/sources.js';
import { ExtractionHandler, type Analytics, type Extracted } from './extraction.handler.js';

export interface ExtractedUsers extends Omit<Extracted<CustomerRecord>, 'records'> {
  users_data: CustomerRecord[];
}

/** Reads the customers. */
@StepHandler('customer_analytics.extract_users')
export class ExtractUsersHandler extends ExtractionHandler<CustomerRecord> {
  protected readonly authCode = 'CRM_AUTH_FAILED';

  constructor(protected readonly service: CrmSystem) {
    super();
  }

  async process(context: Analytics): Promise<ExtractedUsers> {
    const { records, ...rest } = await this.extract(context);
    return { users_data: records, ...rest };
  }
}
