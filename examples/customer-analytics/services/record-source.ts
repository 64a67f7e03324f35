import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';

/** One page of what a source has. */
export interface RecordPage<T> {
  records: T[];
  page: number;
  /** Of all pages. */
  total_records: number;
  total_pages: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LARGEST_PAGE = 10_000;

/**
 * A system that answers with its records of a period, in pages: `GET /orders?start_date&end_date&page&per_page`. What it
 * has found once for a period it answers again, unless asked with `cache-control: no-cache`; `x-cache` says which.
 */
export abstract class RecordSource<T> extends LocalService {
  /** What it has now. */
  records: T[];
  private readonly snapshots = new Map<string, T[]>();

  protected readonly routes: Routes;

  protected constructor(name: string, collection: string) {
    super(name);
    this.records = this.initial();
    this.routes = { [`GET /${collection}`]: (request) => this.page(request) };
  }

  protected abstract initial(): T[];
  protected abstract isOf(record: T, startDate: string, endDate: string): boolean;

  protected clear(): void {
    this.records = this.initial();
    this.snapshots.clear();
  }

  private page({ query, headers }: ServiceRequest): ServiceAnswer {
    const [start, end] = [query.get('start_date') ?? '', query.get('end_date') ?? ''];
    const [page, perPage] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 100)];
    const isPage = Number.isInteger(page) && page >= 1 && Number.isInteger(perPage) && perPage >= 1;
    if (!DAY.test(start) || !DAY.test(end) || !isPage || perPage > LARGEST_PAGE) {
      const message = `Give start_date and end_date as days, page from 1, per_page up to ${LARGEST_PAGE}`;
      return { status: 400, body: { code: 'invalid_query', message } };
    }
    const key = `${start}/${end}`;
    const kept = headers['cache-control'] === 'no-cache' ? undefined : this.snapshots.get(key);
    const found = kept ?? structuredClone(this.records.filter((record) => this.isOf(record, start, end)));
    this.snapshots.set(key, found);
    const body: RecordPage<T> = {
      records: found.slice((page - 1) * perPage, page * perPage),
      page,
      total_records: found.length,
      total_pages: Math.max(1, Math.ceil(found.length / perPage)),
    };
    return { status: 200, body, headers: { 'x-cache': kept ? 'hit' : 'miss' } };
  }
}
