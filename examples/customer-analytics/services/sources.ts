import { Injectable } from '@nestjs/common';
import { RecordSource } from './record-source.js';
import {
  someCustomers,
  someOrders,
  someProducts,
  type CustomerRecord,
  type OrderRecord,
  type ProductRecord,
} from './records.js';

/** Orders of a period. */
@Injectable()
export class DataWarehouse extends RecordSource<OrderRecord> {
  constructor() {
    super('analytics_warehouse', 'orders');
  }

  protected initial(): OrderRecord[] {
    return someOrders();
  }

  protected isOf({ order_date }: OrderRecord, startDate: string, endDate: string): boolean {
    return startDate <= order_date && order_date <= endDate;
  }
}

/** All who have signed up before the period ends. */
@Injectable()
export class CrmSystem extends RecordSource<CustomerRecord> {
  constructor() {
    super('analytics_crm', 'customers');
  }

  protected initial(): CustomerRecord[] {
    return someCustomers();
  }

  protected isOf({ signed_up_on }: CustomerRecord, _startDate: string, endDate: string): boolean {
    return signed_up_on <= endDate;
  }
}

/** Products as they are now. */
@Injectable()
export class InventorySystem extends RecordSource<ProductRecord> {
  constructor() {
    super('analytics_inventory', 'products');
  }

  protected initial(): ProductRecord[] {
    return someProducts();
  }

  protected isOf(): boolean {
    return true;
  }
}
