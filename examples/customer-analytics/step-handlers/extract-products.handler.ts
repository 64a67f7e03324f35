import { StepHandler } from 'nest-tasker';
import type { ProductRecord } from '../services/records.js';
import { InventorySystem } from '../services/sources.js';
import { ExtractionHandler, type Analytics, type Extracted } from './extraction.handler.js';

export interface ExtractedProducts extends Omit<Extracted<ProductRecord>, 'records'> {
  products_data: ProductRecord[];
}

/** Reads the products. */
@StepHandler('customer_analytics.extract_products')
export class ExtractProductsHandler extends ExtractionHandler<ProductRecord> {
  protected readonly authCode = 'INVENTORY_AUTH_FAILED';

  constructor(protected readonly service: InventorySystem) {
    super();
  }

  async process(context: Analytics): Promise<ExtractedProducts> {
    const { records, ...rest } = await this.extract(context);
    return { products_data: records, ...rest };
  }
}
