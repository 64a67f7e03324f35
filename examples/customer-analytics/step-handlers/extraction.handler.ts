import { PermanentError, StepHandlerBase, type StepContext } from 'nest-tasker';
import { refusal } from '../../support/refusal.js';
import { ServiceCall } from '../../support/service-call.js';
import type { AnalyticsContext, ProcessingMode } from '../analytics-context.js';
import type { RecordPage, RecordSource } from '../services/record-source.js';
import { dateRangeOf } from './date-range.js';

export type Analytics = StepContext<AnalyticsContext>;

/** How a source was read. */
export interface ExtractionMetadata {
  source: string;
  processing_mode: ProcessingMode;
  records: number;
  pages: number;
  /** False where the source has answered from a snapshot. */
  fresh: boolean;
  start_date: string;
  end_date: string;
}

/** What a read of a source brings. */
export interface Extracted<T> {
  records: T[];
  extraction_metadata: ExtractionMetadata;
  extracted_at: string;
}

/** How a mode reads. */
interface Reading {
  perPage: number;
  /** Pages that are asked for at a time. */
  atOnce: number;
}

const MODES: Record<ProcessingMode, Reading> = {
  standard: { perPage: 100, atOnce: 1 },
  high_memory: { perPage: 10_000, atOnce: 1 },
  distributed: { perPage: 100, atOnce: 4 },
};

/** A step that reads a source, in the way that the task's `processing_mode` says, and tells of it by events. */
export abstract class ExtractionHandler<T> extends StepHandlerBase<AnalyticsContext, object> {
  readonly circuitBreaker = true;

  protected abstract readonly service: RecordSource<T>;
  /** Of a source that does not let us in. */
  protected abstract readonly authCode: string;

  protected async extract(context: Analytics): Promise<Extracted<T>> {
    const { publish, signal, task } = context;
    const { processing_mode = 'standard' } = task.context;
    const range = dateRangeOf(task.context);
    const source = this.service.name;
    publish('data_extraction_started', { source, processing_mode, ...range });
    try {
      const { records, pages, fresh } = await this.readAll(context, modeOf(processing_mode));
      publish('data_extraction_completed', { source, records: records.length, pages });
      return {
        records,
        extraction_metadata: { source, processing_mode, records: records.length, pages, fresh, ...range },
        extracted_at: new Date().toISOString(),
      };
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = this.failureOf(error);
      const { errorCode = null, retryable = true } = failure as { errorCode?: string | null; retryable?: boolean };
      publish('data_extraction_failed', { source, error_code: errorCode, retryable });
      throw failure;
    }
  }

  private async readAll(context: Analytics, { perPage, atOnce }: Reading) {
    const first = await this.read(context, perPage, 1);
    const records = [...first.records];
    for (let page = 2; page <= first.total_pages; page += atOnce) {
      // whoever reads for long may have been given up meanwhile
      await context.heartbeat();
      const numbers = Array.from({ length: Math.min(atOnce, first.total_pages - page + 1) }, (_, n) => page + n);
      const pages = await Promise.all(numbers.map((number) => this.read(context, perPage, number)));
      records.push(...pages.flatMap((one) => one.records));
    }
    return { records, pages: first.total_pages, fresh: first.fresh };
  }

  private async read(context: Analytics, perPage: number, page: number): Promise<RecordPage<T> & { fresh: boolean }> {
    const { task } = context;
    const refreshes = task.context.force_refresh === true && page === 1;
    const { body, headers } = await new ServiceCall<RecordPage<T>, AnalyticsContext>(this.service, {
      params: { ...dateRangeOf(task.context), page, per_page: perPage },
      ...(refreshes && { headers: { 'cache-control': 'no-cache' } }),
    }).process(context);
    return { ...body, fresh: headers['x-cache'] !== 'hit' };
  }

  private failureOf(error: unknown): unknown {
    if (!(error instanceof PermanentError)) return error;
    const { status } = error.context;
    const errorCode =
      status === 401 || status === 403
        ? this.authCode
        : status === 400 || status === 422
          ? 'INVALID_EXTRACTION_QUERY'
          : null;
    if (errorCode === null) return error;
    const { message, errorCategory, context } = error;
    return new PermanentError(message, { errorCode, errorCategory: errorCategory ?? undefined, context, cause: error });
  }
}

/** @throws PermanentError for a mode that there is not */
function modeOf(mode: string): Reading {
  if (Object.hasOwn(MODES, mode)) return MODES[mode as ProcessingMode];
  const known = Object.keys(MODES).join(', ');
  throw refusal('INVALID_PROCESSING_MODE', `There is no processing_mode "${mode}": give one of ${known}`);
}
