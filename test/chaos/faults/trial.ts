import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../seeded.js';
import type { Arena } from './arena.js';
import type { Fault, Heal } from './fault.js';
import { lineOf, type PlannedFault, type Round } from './schedule.js';
import { Verdict, type Account } from './verdict.js';

const WINDOW_MS = 2_000;
/** A worker that has not completed a step by then works no more. */
const RECOVERED_MS = 120_000;
const RATE_SHARE = 0.8;
const LOOK_MS = 100;
/** By then the pulse has felt what was done. */
const LAG_MS = 500;

/** How much time a trial takes itself, in milliseconds. */
export interface Pace {
  /** Rates are taken over this long; so is the calm between rounds. */
  rateMs: number;
  /** How long the rate of before is waited for; that it does not come may say something of the machine, not of Tasker. */
  rateBackMs: number;
}

/** What became of a round. Times are in milliseconds from when its last fault was healed. */
export interface RoundResult {
  round: Round;
  startedAt: string;
  /** Until the next step was completed by anybody. */
  firstMs: number;
  /** Until every worker had completed a step. */
  allMs: number;
  /** Until as much was done as before, by four fifths; null if it took longer than was waited for. */
  rateBackMs: number | null;
  /** Steps completed per second. */
  rateBefore: number;
  rateAfter: number;
}

/** Plays rounds in an arena. */
export class Trial {
  readonly results: RoundResult[] = [];
  readonly accounts: Account[] = [];
  readonly played: Round[] = [];
  private readonly verdict: Verdict;

  constructor(
    private readonly arena: Arena,
    private readonly faults: readonly Fault[],
    private readonly pace: Pace,
    private readonly say: (line: string) => void,
  ) {
    this.verdict = new Verdict(arena);
  }

  /**
   * Plays rounds under load, and has what happened looked at.
   *
   * @throws Error if a worker does not work again, or the arena does not come to rest
   */
  async play(rounds: readonly Round[]): Promise<Account> {
    this.arena.load.start();
    for (const round of rounds) {
      await delay(this.pace.rateMs + LAG_MS);
      this.played.push(round);
      this.say(lineOf(round));
      const result = await this.playRound(round);
      this.results.push(result);
      this.say(sentenceOf(result));
    }
    const account = await this.verdict.reach();
    this.accounts.push(account);
    return account;
  }

  private async playRound(round: Round): Promise<RoundResult> {
    const { pulse } = this.arena;
    const { rateMs } = this.pace;
    const startedMs = Date.now();
    const rateBefore = pulse.rate(startedMs - rateMs - LAG_MS, startedMs - LAG_MS);
    const outcomes = await Promise.allSettled(round.faults.map((planned) => this.befall(planned)));
    const failure = outcomes.find(({ status }) => status === 'rejected');
    if (failure) throw (failure as PromiseRejectedResult).reason;
    const healedMs = Date.now();
    const allMs = await this.everybodyWorks(healedMs);
    const rateBackMs = await this.rateBack(healedMs, rateBefore * RATE_SHARE);
    const recoveredMs = rateBackMs === null ? Date.now() : healedMs + Math.max(allMs, rateBackMs);
    while (Date.now() < recoveredMs + rateMs + LAG_MS) await delay(LOOK_MS);
    return {
      round,
      startedAt: new Date(startedMs).toISOString(),
      firstMs: Math.max(0, pulse.between(healedMs)[0]!.atMs - healedMs),
      allMs,
      rateBackMs,
      rateBefore,
      rateAfter: pulse.rate(recoveredMs, recoveredMs + rateMs),
    };
  }

  private async befall({ name, afterMs, lastsMs, seed }: PlannedFault): Promise<void> {
    const fault = this.faults.find((one) => one.name === name)!;
    await delay(afterMs);
    const heal: Heal = await fault.inject(this.arena, new Chance(seed));
    await delay(lastsMs);
    await heal();
  }

  /** Resolves when every worker has completed a step since, with how long after that was. */
  private async everybodyWorks(sinceMs: number): Promise<number> {
    const { places, pulse } = this.arena;
    for (const deadline = Date.now() + RECOVERED_MS; ; await delay(LOOK_MS)) {
      const firsts = places.map(({ worker }) => pulse.between(sinceMs).find(({ pid }) => pid === worker.pid)?.atMs);
      const idle = places.filter((_, index) => firsts[index] === undefined);
      if (idle.length === 0) return Math.max(0, ...firsts.map((atMs) => atMs! - sinceMs));
      if (Date.now() < deadline) continue;
      const outputs = idle.map(({ name, worker }) => `${name}, worker ${worker.pid}:\n${worker.output.slice(-3_000)}`);
      throw new Error(`no step completed within ${RECOVERED_MS} ms by ${outputs.join('\n')}`);
    }
  }

  private async rateBack(sinceMs: number, enough: number): Promise<number | null> {
    const { pulse } = this.arena;
    for (let fromMs = sinceMs; fromMs < sinceMs + this.pace.rateBackMs; fromMs += LOOK_MS) {
      while (Date.now() < fromMs + WINDOW_MS + 300) await delay(LOOK_MS);
      if (pulse.rate(fromMs, fromMs + WINDOW_MS) >= enough) return fromMs - sinceMs;
    }
    return null;
  }
}

const sentenceOf = ({ firstMs, allMs, rateBackMs, rateBefore, rateAfter }: RoundResult): string =>
  `  next step after ${Math.round(firstMs)} ms, by every worker after ${Math.round(allMs)} ms; ` +
  `rate back ${rateBackMs === null ? 'not yet' : `after ${rateBackMs} ms`}: ${rateAfter.toFixed(0)}/s, before ${rateBefore.toFixed(0)}/s`;
