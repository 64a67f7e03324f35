import { BadRequestError, type ServiceAnswer } from './service-exchange.js';

interface Reach {
  /** `/charges`, or `POST /charges`: requests to this path and to those below it. */
  path: string;
  /** Requests that it hits; then it is off. Without it, until reset. */
  times?: number;
}

/** What a local service is to do instead of what it would do, in the form in which `POST /_switches` takes it. */
export type Fault = Reach &
  (
    | { kind: 'stub'; status: number; body?: unknown }
    | { kind: 'fail'; status: number; body?: unknown }
    | { kind: 'delay'; ms: number }
    | { kind: 'rate_limit'; retry_after: number | string }
    /** The request is carried out, then the connection breaks before the answer. */
    | { kind: 'lose_answer' }
  );

/** What is to happen to one request. */
export interface FaultsOfRequest {
  delayMs: number;
  /** The answer to give instead of doing the work. */
  instead: ServiceAnswer | null;
  losesAnswer: boolean;
}

/** The faults that are switched on, and whom they still hit. */
export class ServiceFaults {
  private readonly on: (Fault & { left: number })[] = [];

  set(fault: Fault): void {
    this.on.push({ ...fault, left: fault.times ?? Infinity });
  }

  reset(): void {
    this.on.length = 0;
  }

  /** The faults of one request: all delays, and the first of the others that was switched on. */
  take(method: string, path: string): FaultsOfRequest {
    const faults: FaultsOfRequest = { delayMs: 0, instead: null, losesAnswer: false };
    for (const fault of this.on) {
      if (fault.left <= 0 || !reaches(fault.path, method, path)) continue;
      if (fault.kind === 'delay') faults.delayMs += fault.ms;
      else if (faults.instead !== null || faults.losesAnswer) continue;
      else if (fault.kind === 'lose_answer') faults.losesAnswer = true;
      else faults.instead = answerOf(fault);
      fault.left -= 1;
    }
    return faults;
  }
}

/** Whether a request goes to `/path` or below, by the method if there is one: `POST /path`. */
export function reaches(target: string, method: string, path: string): boolean {
  const [ownPath = target, ownMethod] = target.split(' ').reverse();
  if (ownMethod !== undefined && ownMethod !== method) return false;
  return path === ownPath || path.startsWith(ownPath.endsWith('/') ? ownPath : `${ownPath}/`);
}

function answerOf(fault: Exclude<Fault, { kind: 'delay' | 'lose_answer' }>): ServiceAnswer {
  if (fault.kind === 'rate_limit') {
    return {
      status: 429,
      body: { code: 'rate_limited', message: 'Too many requests' },
      headers: { 'retry-after': String(fault.retry_after) },
    };
  }
  const { status, body = { code: 'switched', message: `Answered with ${status} as switched` } } = fault;
  return { status, body };
}

/** @throws BadRequestError that says what is wrong with the switch */
export function readFault(body: unknown): Fault {
  const { kind, path, times, status, ms, retry_after, body: answer } = (body ?? {}) as Record<string, unknown>;
  if (typeof path !== 'string' || !/^([A-Z]+ )?\//.test(path)) {
    throw new BadRequestError('path: a path such as "/charges", or with its method "POST /charges"');
  }
  if (times !== undefined && !isAtLeast(times, 1)) throw new BadRequestError('times: a number from 1');
  const reach = { path, times };
  switch (kind) {
    case 'stub':
      if (!isAtLeast(status, 200) || status > 599) throw new BadRequestError('status: 200 to 599');
      return { ...reach, kind, status, body: answer };
    case 'fail':
      if (!isAtLeast(status, 400) || status > 599) throw new BadRequestError('status: 400 to 599');
      return { ...reach, kind, status, body: answer };
    case 'delay':
      if (!isAtLeast(ms, 0)) throw new BadRequestError('ms: a number from 0');
      return { ...reach, kind, ms };
    case 'rate_limit':
      if (!isAtLeast(retry_after, 0) && typeof retry_after !== 'string')
        throw new BadRequestError('retry_after: seconds, or an HTTP date');
      return { ...reach, kind, retry_after };
    case 'lose_answer':
      return { ...reach, kind };
    default:
      throw new BadRequestError('kind: one of fail, stub, delay, rate_limit, lose_answer, reset');
  }
}

const isAtLeast = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least;
