import { PermanentError, StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { AnalyticsContext } from '../analytics-context.js';
import { DashboardService, type Dashboard } from '../services/dashboard.service.js';
import type { Analytics } from './extraction.handler.js';
import type { InsightsResult } from './generate-insights.handler.js';

export interface DashboardResult {
  dashboard_update: Omit<Dashboard, 'content'>;
  dashboard_metadata: { recommendations: number; updated_by: string };
}

/** Shows the insights. All attempts send the same idempotency key: the dashboard counts one update. */
@StepHandler('customer_analytics.update_dashboard')
export class UpdateDashboardHandler extends ServiceStepHandler<AnalyticsContext, DashboardResult> {
  constructor(protected readonly service: DashboardService) {
    super();
  }

  protected override request(context: Analytics, configured: ApiRequest): ApiRequest {
    const { taskId } = context.task;
    return { ...configured, method: 'PUT', body: { ...insightsOf(context), task_id: taskId } };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 401 || status === 403;
  }

  protected override onResponse(
    { status, body }: ApiResponse<DashboardResult['dashboard_update']>,
    context: Analytics,
  ) {
    if (status === 401 || status === 403) {
      throw new PermanentError('The dashboard does not let us in', {
        errorCode: 'DASHBOARD_AUTH_FAILED',
        errorCategory: 'authorization',
        context: { status },
      });
    }
    const { dashboard_id, version, updated_at, url } = body;
    context.publish('pipeline_milestone_reached', {
      milestone: 'dashboard_updated',
      detail: { dashboard_id, version },
    });
    return {
      dashboard_update: { dashboard_id, version, updated_at, url },
      dashboard_metadata: {
        recommendations: insightsOf(context).insights.recommendations.length,
        updated_by: context.task.taskId,
      },
    };
  }
}

function insightsOf({ sequence }: Analytics): Pick<InsightsResult, 'insights'> {
  const result = sequence.results<InsightsResult | null>('generate_insights');
  return { insights: required(result?.insights, 'MISSING_INSIGHTS_DATA', 'generate_insights has left no insights') };
}
