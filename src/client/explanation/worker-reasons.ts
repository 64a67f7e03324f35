import type { ClaimantFacts } from '../../persistence/stores/explanation-facts.js';
import type { StepRow } from '../../persistence/stores/task-snapshot.js';
import { amount, capital, counted, listed } from './phrases.js';
import { named, reason, type Reason } from './reason.js';
import { COUNT_TO, type Standing } from './standing.js';

/** What keeps a step from being claimed once it is ready; of one that is not ready yet, only that nobody would. */
export function claimReasons(standing: Standing, row: StepRow): Reason[] {
  const { name, live, others } = claimants(standing, row);
  if (live.length === 0) return [noWorker(standing, name, others)];
  if (row.readyAt === null || row.held || row.circuit) return [];
  const stuck = live.filter(({ blockedSince }) => blockedSince !== null);
  return [stuck.length === live.length ? allStuck(name, stuck) : aSlot(name, live, row), ...outranked(standing, row)];
}

interface Claimants {
  /** Of the handler. */
  name: string;
  live: ClaimantFacts[];
  /** They have the handler too, and are silent or shutting down. */
  others: ClaimantFacts[];
}

function claimants(standing: Standing, { handlerId }: StepRow): Claimants {
  const { name, workers } = standing.snapshot.handlers.get(handlerId)!;
  const live = workers.filter(({ state, seenAt }) => state === 'live' && !standing.isSilent(new Date(seenAt)));
  return { name, live, others: workers.filter((worker) => !live.includes(worker)) };
}

function noWorker(standing: Standing, handler: string, others: ClaimantFacts[]): Reason {
  const silent = others.filter(({ seenAt }) => standing.isSilent(new Date(seenAt)));
  const leaving = others.filter((worker) => !silent.includes(worker)).map((worker) => worker.name);
  const notes = [
    ...(leaving.length > 0
      ? [`${listed(leaving)} had it and ${leaving.length === 1 ? 'is' : 'are'} shutting down`]
      : []),
    ...silent.slice(-1).map((worker) => `${worker.name} had it and is silent since ${worker.seenAt}`),
  ];
  const detail = `No live worker claims steps of the handler "${handler}"${notes.length > 0 ? `; ${notes.join('; ')}` : ''}.`;
  return reason('no_worker', detail, { blockedBy: [named('handler', handler)] });
}

function allStuck(handler: string, stuck: ClaimantFacts[]): Reason {
  const since = new Date(stuck.map(({ blockedSince }) => blockedSince!).sort()[0]!);
  const names = stuck.map(({ name }) => name);
  const detail = `Workers with the handler "${handler}" live, but their event loops do not turn, so that they claim nothing: ${listed(names)}, since ${since.toISOString()}.`;
  return reason('worker_blocked', detail, { since, blockedBy: names.map((name) => named('worker', name)) });
}

function aSlot(handler: string, live: ClaimantFacts[], { readyAt }: StepRow): Reason {
  const who = `${amount(live.length, 'live worker')} with the handler "${handler}"`;
  return reason('worker', `It is ready: ${who} may take it, once a slot is free.`, { since: readyAt });
}

function outranked({ snapshot: { facts } }: Standing, { handlerId }: StepRow): Reason[] {
  const count = facts?.claims.find((claim) => claim.handlerId === handlerId)?.ahead ?? 0;
  if (count === 0) return [];
  const who = count === 1 ? 'ready step for the same workers comes' : 'ready steps for the same workers come';
  return [reason('outranked', capital(`${counted(count, COUNT_TO)} ${who} before it, by priority and age.`))];
}

/** Who runs a step, until when, and whether that can be trusted. */
export function runReasons(standing: Standing, row: StepRow): Reason[] {
  const runner = row.runner!;
  const since = row.startedAt!;
  const until = new Date(since.getTime() + standing.entry.step(row.stepNo).timeoutSeconds * 1_000);
  const blockedBy = [named('worker', runner.name)];
  const attempt = `Attempt ${row.attempt - row.forgiven} of ${row.retryLimit}`;
  const ends =
    until <= standing.at ? `its time ran out at ${until.toISOString()}` : `it times out at ${until.toISOString()}`;
  const leaving = runner.state === 'draining' ? ` ${runner.name} is shutting down, and finishes or releases it.` : '';
  const detail = `${attempt} runs at worker ${runner.name} since ${since.toISOString()}; ${ends}.${leaving}`;
  return [...trouble(standing, row, until), reason('running', detail, { since, until, blockedBy })];
}

function trouble(standing: Standing, row: StepRow, until: Date): Reason[] {
  const { name, state, seenAt, blockedSince } = row.runner!;
  const { silentMs } = standing.life;
  const blockedBy = [named('worker', name)];
  if (state === 'lost' || state === 'stopped') {
    const detail = `Worker ${name}, which ran it, is ${state}: the step is about to be taken back.`;
    return [reason('worker_silent', detail, { since: seenAt, blockedBy })];
  }
  const silence = standing.at.getTime() - seenAt.getTime();
  if (silence > silentMs / 2) {
    const dead = new Date(seenAt.getTime() + silentMs);
    const when =
      dead <= standing.at
        ? 'another worker is about to take it for dead'
        : `at ${dead.toISOString()} another worker takes it for dead`;
    const detail = `Worker ${name} is silent since ${seenAt.toISOString()}: ${when}, and the step back.`;
    const { live, name: handler, others } = claimants(standing, row);
    const nobody = live.length === 0 && dead <= standing.at ? [noWorker(standing, handler, others)] : [];
    return [...nobody, reason('worker_silent', detail, { since: seenAt, until: dead, blockedBy })];
  }
  if (blockedSince === null) return [];
  const detail = `The event loop of worker ${name} does not turn since ${blockedSince.toISOString()}: another worker ends the attempt a second after its timeout.`;
  return [reason('worker_blocked', detail, { since: blockedSince, until, blockedBy })];
}
