import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { EcommerceService } from './ecommerce/ecommerce.service.js';
import { CartFetchStepHandler } from './step-handlers/cart-fetch.step-handler.js';
import { CreateOrderStepHandler } from './step-handlers/create-order.step-handler.js';
import { ProductsFetchStepHandler } from './step-handlers/products-fetch.step-handler.js';
import { ProductsValidateStepHandler } from './step-handlers/products-validate.step-handler.js';
import { PublishEventStepHandler } from './step-handlers/publish-event.step-handler.js';

/** Orders a cart through an e-commerce system: the template, its five step handlers, and the system they call. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    EcommerceService,
    CartFetchStepHandler,
    ProductsFetchStepHandler,
    ProductsValidateStepHandler,
    CreateOrderStepHandler,
    PublishEventStepHandler,
  ],
  exports: [EcommerceService],
})
export class ApiIntegrationModule {}
