import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import { EcommerceClient } from '../ecommerce/ecommerce.client.js';
import { endpointOf } from '../ecommerce/endpoint.js';
import type { Product } from '../ecommerce/product-catalogue.js';

/** Fetches the whole product catalogue, with stock. */
@StepHandler('fetch_products')
export class ProductsFetchStepHandler extends StepHandlerBase<unknown, { products: Product[] }> {
  constructor(private readonly ecommerce: EcommerceClient) {
    super();
  }

  async process({ task, config, signal }: StepContext<unknown>): Promise<{ products: Product[] }> {
    const { url, params } = endpointOf(config);
    const { products } = await this.ecommerce.get<{ products: Product[] }>(url, {
      params,
      correlationId: task.correlationId,
      signal,
    });
    return { products };
  }
}
