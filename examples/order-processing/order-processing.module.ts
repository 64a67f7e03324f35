import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { CheckoutController } from './demo/checkout.controller.js';
import { OrderProcessingHandler } from './order-processing.handler.js';
import { EmailService } from './shop/email.service.js';
import { InventoryService } from './shop/inventory.service.js';
import { OrderStore } from './shop/order.store.js';
import { PaymentSimulator } from './shop/payment-simulator.service.js';
import { CreateOrderHandler } from './step-handlers/create-order.step-handler.js';
import { ProcessPaymentHandler } from './step-handlers/process-payment.step-handler.js';
import { SendOrderConfirmationHandler } from './step-handlers/send-order-confirmation.step-handler.js';
import { UpdateInventoryHandler } from './step-handlers/update-inventory.step-handler.js';
import { ValidateCartHandler } from './step-handlers/validate-cart.step-handler.js';

/** Takes orders from the cart to the confirmation: the template, its handlers, the services they call, and a shop's front. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  controllers: [CheckoutController],
  providers: [
    InventoryService,
    PaymentSimulator,
    EmailService,
    OrderStore,
    OrderProcessingHandler,
    ValidateCartHandler,
    ProcessPaymentHandler,
    UpdateInventoryHandler,
    CreateOrderHandler,
    SendOrderConfirmationHandler,
  ],
  exports: [InventoryService, PaymentSimulator, EmailService],
})
export class OrderProcessingModule {}
