import { TaskHandler, type JsonObject, type StepView, type TaskHandlerContract, type TaskView } from 'nest-tasker';
import type { AnalyticsContext } from './analytics-context.js';
import type { ExtractionMetadata } from './step-handlers/extraction.handler.js';

/** Tells what a run has read, and how far it came. */
@TaskHandler({ name: 'customer_analytics', namespace: 'blog_examples' })
export class CustomerAnalyticsHandler implements TaskHandlerContract<AnalyticsContext> {
  annotate({ status }: TaskView, steps: readonly StepView[]): JsonObject {
    const read = steps.flatMap(({ name, results }): [string, number][] => {
      const metadata = (results as { extraction_metadata?: ExtractionMetadata } | null)?.extraction_metadata;
      return metadata ? [[name.replace('extract_', ''), metadata.records]] : [];
    });
    return {
      outcome: status === 'complete' ? 'published' : 'stopped',
      records_read: Object.fromEntries(read),
      completed_steps: steps.filter((step) => step.status === 'complete').length,
      stopped_at: steps.filter((step) => step.status === 'error').map(({ name }) => name),
    };
  }
}
