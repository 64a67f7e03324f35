import { BadRequestError } from './http-exchange.js';

interface Reach {
  /** Requests to this path and to those below it. */
  path: string;
  /** Requests that it hits; then it is off. Without it, until reset. */
  times?: number;
}

/** A fault to show, in the form in which `POST /_switches` takes it. */
export type Switch = Reach &
  (
    | { kind: 'fail'; status: number }
    | { kind: 'delay'; ms: number }
    | { kind: 'rate_limit'; retry_after: number | string }
    /** The request is carried out, then the connection breaks before the answer. */
    | { kind: 'lose_answer' }
  );

/** What is to happen to one request. */
export interface Faults {
  delayMs: number;
  /** The answer to give instead of doing the work. */
  refusal: { status: number; headers: Record<string, string> } | null;
  loseAnswer: boolean;
}

/** The faults that are switched on, and whom they still hit. */
export class Switchboard {
  private readonly on: (Switch & { left: number })[] = [];

  set(fault: Switch): void {
    this.on.push({ ...fault, left: fault.times ?? Infinity });
  }

  reset(): void {
    this.on.length = 0;
  }

  /** The faults of one request: one refusal at most, first switched on, first used. */
  take(path: string): Faults {
    const faults: Faults = { delayMs: 0, refusal: null, loseAnswer: false };
    for (const fault of this.on) {
      if (fault.left <= 0 || !(path === fault.path || path.startsWith(`${fault.path}/`))) continue;
      // What does its work no more has no answer to lose, and is refused only once.
      if (fault.kind !== 'delay' && (faults.refusal !== null || faults.loseAnswer)) continue;
      fault.left -= 1;
      apply(fault, faults);
    }
    return faults;
  }
}

function apply(fault: Switch, faults: Faults): void {
  switch (fault.kind) {
    case 'delay':
      faults.delayMs += fault.ms;
      break;
    case 'fail':
      faults.refusal = { status: fault.status, headers: {} };
      break;
    case 'rate_limit':
      faults.refusal = { status: 429, headers: { 'retry-after': String(fault.retry_after) } };
      break;
    case 'lose_answer':
      faults.loseAnswer = true;
  }
}

/**
 * Reads a switch from the body of a request.
 *
 * @throws BadRequestError that says what is wrong with it
 */
export function readSwitch(body: Record<string, unknown>): Switch {
  const { path, times } = body;
  if (typeof path !== 'string' || !path.startsWith('/')) throw new BadRequestError('path: a string that starts with /');
  if (times !== undefined && !isAtLeast(times, 1)) throw new BadRequestError('times: a number from 1');
  const reach = { path, times };
  switch (body.kind) {
    case 'fail':
      if (!isAtLeast(body.status, 400) || body.status > 599) throw new BadRequestError('status: 400 to 599');
      return { ...reach, kind: 'fail', status: body.status };
    case 'delay':
      if (!isAtLeast(body.ms, 0)) throw new BadRequestError('ms: a number from 0');
      return { ...reach, kind: 'delay', ms: body.ms };
    case 'rate_limit':
      if (!isAtLeast(body.retry_after, 0) && typeof body.retry_after !== 'string')
        throw new BadRequestError('retry_after: seconds, or an HTTP date');
      return { ...reach, kind: 'rate_limit', retry_after: body.retry_after };
    case 'lose_answer':
      return { ...reach, kind: 'lose_answer' };
    default:
      throw new BadRequestError('kind: one of fail, delay, rate_limit, lose_answer, stock, reset');
  }
}

const isAtLeast = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least;
