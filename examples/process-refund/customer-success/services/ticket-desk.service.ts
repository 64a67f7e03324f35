import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';

export type TicketStatus = 'open' | 'in_progress' | 'resolved' | 'closed' | 'cancelled' | 'duplicate';

export interface Ticket {
  ticket_id: string;
  customer_id: string;
  customer_email: string;
  payment_id: string;
  status: TicketStatus;
  resolution: unknown;
}

const ticket = (number: number, status: TicketStatus, payment_id: string): Ticket => ({
  ticket_id: `TICKET-${number}`,
  customer_id: `cust_${number}`,
  customer_email: `cust_${number}@example.org`,
  payment_id,
  status,
  resolution: null,
});

/** Keeps the tickets of customers: `GET` and `PATCH /tickets/<id>`. */
@Injectable()
export class TicketDesk extends LocalService {
  readonly tickets = new Map<string, Ticket>();

  protected readonly routes: Routes = {
    'GET /tickets/:id': ({ params }) => {
      const found = this.tickets.get(params.id!);
      return found ? { status: 200, body: found } : notFound;
    },
    'PATCH /tickets/:id': ({ params, body }) => {
      const found = this.tickets.get(params.id!);
      if (!found) return notFound;
      const { status, resolution } = body as Partial<Ticket>;
      Object.assign(found, status && { status }, resolution !== undefined && { resolution });
      return { status: 200, body: found };
    },
  };

  constructor() {
    super('refund_tickets');
    this.clear();
  }

  protected clear(): void {
    this.tickets.clear();
    const known = [
      ticket(1001, 'open', 'pay_1001'),
      ticket(1002, 'in_progress', 'pay_1002'),
      ticket(1003, 'open', 'pay_1003'),
      ticket(2001, 'closed', 'pay_1001'),
      ticket(2002, 'cancelled', 'pay_1001'),
      ticket(2003, 'duplicate', 'pay_1001'),
      ticket(3001, 'open', 'pay_3001'),
    ];
    for (const one of known) this.tickets.set(one.ticket_id, one);
  }
}

const notFound = { status: 404, body: { code: 'ticket_not_found' } };
