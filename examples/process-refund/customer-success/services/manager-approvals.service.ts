import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../../support/service-exchange.js';

export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired';

/** What `POST /approvals` takes. */
export interface NewApproval {
  ticket_id: string;
  refund_amount: number;
  agent_notes?: string;
}

export interface Approval extends NewApproval {
  approval_id: string;
  status: ApprovalStatus;
  decided_by: string | null;
  note: string | null;
  /** In milliseconds since 1970. */
  requested_at: number;
}

const VALID_MS = 3 * 86_400_000;

/**
 * Where managers decide: `POST /approvals` asks, and says how it stands when it is asked the same again;
 * `POST /approvals/<id>/decision` is the manager's. After three days a request that nobody has decided expires.
 */
@Injectable()
export class ManagerApprovals extends LocalService {
  readonly approvals: Approval[] = [];
  /** In milliseconds since 1970. */
  clock: () => number = Date.now;

  protected readonly routes: Routes = {
    'POST /approvals': (request) => this.ask(request),
    'GET /approvals': () => ({ status: 200, body: { approvals: this.approvals.map((one) => this.current(one)) } }),
    'POST /approvals/:id/decision': ({ params, body }) => this.decide(params.id!, body),
  };
  private readonly byKey = new Map<string, Approval>();

  constructor() {
    super('refund_approvals');
  }

  protected clear(): void {
    this.approvals.length = 0;
    this.byKey.clear();
  }

  private ask({ body, idempotencyKey }: ServiceRequest): ServiceAnswer {
    const asked = (body ?? {}) as Partial<NewApproval>;
    if (!asked.ticket_id || !asked.refund_amount || !idempotencyKey) {
      return {
        status: 422,
        body: { code: 'missing_field', message: 'Give ticket_id, refund_amount, Idempotency-Key' },
      };
    }
    const known = this.byKey.get(idempotencyKey);
    if (known) return { status: 200, body: this.current(known) };
    const approval: Approval = {
      ...(asked as NewApproval),
      approval_id: `appr_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
      status: 'pending',
      decided_by: null,
      note: null,
      requested_at: this.clock(),
    };
    this.approvals.push(approval);
    this.byKey.set(idempotencyKey, approval);
    return { status: 201, body: approval };
  }

  private decide(id: string, body: unknown): ServiceAnswer {
    const approval = this.approvals.find(({ approval_id }) => approval_id === id);
    if (!approval) return { status: 404, body: { code: 'approval_not_found' } };
    const { decision, manager, note = null } = (body ?? {}) as Record<string, string | null>;
    if ((decision !== 'approved' && decision !== 'denied') || !manager) {
      return { status: 422, body: { code: 'invalid_decision', message: 'decision: approved or denied; manager: who' } };
    }
    if (this.current(approval).status !== 'pending') return { status: 409, body: this.current(approval) };
    Object.assign(approval, { status: decision, decided_by: manager, note });
    return { status: 200, body: approval };
  }

  private current(approval: Approval): Approval {
    if (approval.status === 'pending' && this.clock() > approval.requested_at + VALID_MS) approval.status = 'expired';
    return approval;
  }
}
