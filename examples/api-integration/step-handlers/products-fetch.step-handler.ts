import { StepHandler, type ApiResponse } from 'nest-tasker';
import type { Product } from '../ecommerce/product-catalogue.js';
import { EcommerceStepHandler } from './ecommerce.step-handler.js';

/** Fetches the whole product catalogue, with stock. */
@StepHandler('fetch_products')
export class ProductsFetchStepHandler extends EcommerceStepHandler<unknown, { products: Product[] }> {
  protected override onResponse({ body }: ApiResponse<{ products: Product[] }>): { products: Product[] } {
    return { products: body.products };
  }
}
