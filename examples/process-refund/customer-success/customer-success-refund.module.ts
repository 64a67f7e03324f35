import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { CustomerSuccessRefundHandler } from './customer-success-refund.handler.js';
import { ManagerApprovals } from './services/manager-approvals.service.js';
import { RefundPolicyService } from './services/refund-policy.service.js';
import { TicketDesk } from './services/ticket-desk.service.js';
import { CheckRefundPolicyHandler } from './step-handlers/check-refund-policy.handler.js';
import { ExecuteRefundWorkflowHandler } from './step-handlers/execute-refund-workflow.handler.js';
import { GetManagerApprovalHandler } from './step-handlers/get-manager-approval.handler.js';
import { UpdateTicketStatusHandler } from './step-handlers/update-ticket-status.handler.js';
import { ValidateRefundRequestHandler } from './step-handlers/validate-refund-request.handler.js';

/** What customer success runs. It knows of the payments team only what that team's API says. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    TicketDesk,
    RefundPolicyService,
    ManagerApprovals,
    CustomerSuccessRefundHandler,
    ValidateRefundRequestHandler,
    CheckRefundPolicyHandler,
    GetManagerApprovalHandler,
    ExecuteRefundWorkflowHandler,
    UpdateTicketStatusHandler,
  ],
  exports: [TicketDesk, RefundPolicyService, ManagerApprovals],
})
export class CustomerSuccessRefundModule {}
