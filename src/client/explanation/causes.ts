import type { Cause } from './explanation.js';
import type { Holders } from './holders.js';
import { MOST_BLOCKERS, MOVERS, REASON_KINDS, type Reason, type ReasonKind } from './reason.js';
import type { Standing } from './standing.js';

/** The reasons of a step that waits for no other. */
export interface RootReasons {
  stepNo: number;
  reasons: Reason[];
}

/** More than an operator reads. */
const MOST_CAUSES = 20;
const MOST_STEPS = 10;

/** Kinds that hold the task as a whole, and are found for it as such. */
const HOLDING: readonly ReasonKind[] = ['paused', 'stopped', 'expired'];

/** Kinds of which there is one for whatever stands in the way, or one for all steps. */
const BY_BLOCKER: readonly ReasonKind[] = ['no_worker', 'worker_silent', 'worker_blocked', 'circuit'];
const BY_ITSELF: readonly ReasonKind[] = ['running', 'worker', 'outranked', 'run_at'];

/** Reasons that are one to an operator: the same thing is in the way, or the same thing has happened. */
function keyOf({ snapshot: { steps } }: Standing, stepNo: number, { kind, detail, blockedBy }: Reason): string {
  if (BY_ITSELF.includes(kind)) return kind;
  if (BY_BLOCKER.includes(kind)) return `${kind} ${blockedBy.map(({ name }) => name).join()}`;
  const { error } = steps[stepNo]!;
  const isFailure = kind === 'failed' || kind === 'backoff';
  return isFailure && error ? `${kind} ${error.error_class} ${error.error_code} ${error.message}` : `${kind} ${detail}`;
}

/** What holds the steps of a task in the end, each thing once. */
export function causesOf(standing: Standing, roots: readonly RootReasons[], holders: Holders): Cause[] {
  const groups = new Map<string, { reason: Reason; stepNos: number[] }[]>();
  for (const { stepNo, reasons } of roots) {
    for (const reason of reasons.filter(({ kind }) => !HOLDING.includes(kind))) {
      const key = keyOf(standing, stepNo, reason);
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push({ reason, stepNos: [stepNo] });
    }
  }
  return [...groups.values()]
    .map((group) =>
      causeOf(
        standing,
        group.map(({ reason }) => reason),
        group.flatMap(({ stepNos }) => stepNos),
        holders,
      ),
    )
    .sort(byUrgency)
    .slice(0, MOST_CAUSES);
}

/** Of several, that of the one whose time comes first. */
function causeOf(standing: Standing, reasons: readonly Reason[], stepNos: readonly number[], holders: Holders): Cause {
  const first = [...reasons].sort((a, b) => timeOf(a.until) - timeOf(b.until))[0]!;
  const blockers = new Map(reasons.flatMap(({ blockedBy }) => blockedBy).map((each) => [JSON.stringify(each), each]));
  const isTasks = first.kind === 'run_at';
  return {
    ...first,
    since: reasons.map(({ since }) => since).sort((a, b) => timeOf(a) - timeOf(b))[0]!,
    blockedBy: [...blockers.values()].slice(0, MOST_BLOCKERS),
    steps: isTasks ? [] : stepNos.slice(0, MOST_STEPS).map((stepNo) => standing.nameOf(stepNo)),
    stepCount: isTasks ? 0 : stepNos.length,
    holds: isTasks ? 0 : holders.heldBy(stepNos),
  };
}

const timeOf = (time: Date | null): number => time?.getTime() ?? Number.MAX_SAFE_INTEGER;

/** First what somebody has to do something about; of the same kind, what holds more. */
export const byUrgency = (a: Cause, b: Cause): number => rank(a) - rank(b) || b.holds - a.holds;

const rank = ({ movedBy, kind }: Reason): number => MOVERS.indexOf(movedBy) * 100 + REASON_KINDS.indexOf(kind);
