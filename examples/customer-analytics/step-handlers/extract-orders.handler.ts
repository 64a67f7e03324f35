import { StepHandler } from 'nest-tasker';
import type { OrderRecord } from '../services/records.js';
import { DataWarehouse } from '../services/sources.js';
import { ExtractionHandler, type Analytics, type Extracted } from './extraction.handler.js';

export interface ExtractedOrders extends Omit<Extracted<OrderRecord>, 'records'> {
  orders_data: OrderRecord[];
}

/** Reads the orders of the period. */
@StepHandler('customer_analytics.extract_orders')
export class ExtractOrdersHandler extends ExtractionHandler<OrderRecord> {
  protected readonly authCode = 'WAREHOUSE_AUTH_FAILED';

  constructor(protected readonly service: DataWarehouse) {
    super();
  }

  async process(context: Analytics): Promise<ExtractedOrders> {
    const { records, ...rest } = await this.extract(context);
    return { orders_data: records, ...rest };
  }
}
