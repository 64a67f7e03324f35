import type { Json } from '../../core/json.js';
import type { StepTemplate } from '../../core/template.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import type { StepContext } from '../../registry/step-handler.js';
import { untilAborted } from '../time/idle-attempts.js';

/** What an attempt of a puppet's step is to end with. */
export type Move = { result: Json } | { error: Error };

/** What runs the steps of one task, whatever mocks there are. */
export interface Strings {
  /** Whether its attempts may take as long as they like. */
  readonly timeless: boolean;
  over(step: StepTemplate, registered: RegisteredStepHandler): RegisteredStepHandler;
}

/** Steps of this task run through the engine, and do in each attempt what a test says. */
export class PuppetTask implements Strings {
  readonly timeless = true;
  private readonly moves = new Map<string, Move[]>();
  private readonly waiting = new Map<string, (move: Move) => void>();
  private first: Move | null = null;

  /**
   * @param results - what steps leave, by their names
   * @param otherwise - whether steps that nothing is said about complete, or wait until something is
   */
  constructor(
    private readonly results: Record<string, Json> = {},
    private readonly otherwise: 'complete' | 'wait' = 'complete',
  ) {}

  /** Says what the next attempts of a step end with. */
  tell(step: string, ...moves: Move[]): void {
    for (const move of moves) {
      const act = this.waiting.get(step);
      this.waiting.delete(step);
      if (act) act(move);
      else this.moves.set(step, [...(this.moves.get(step) ?? []), move]);
    }
  }

  /** Says what the first attempt of whichever step ends with. */
  tellFirst(move: Move): void {
    this.first = move;
  }

  over(_step: StepTemplate, registered: RegisteredStepHandler): RegisteredStepHandler {
    const process = (context: StepContext<never>): Promise<Json> => this.play(context);
    return { ...registered, handler: { process }, configSchema: null, isolation: 'none' };
  }

  private async play({ step: { name }, signal }: StepContext<never>): Promise<Json> {
    const move = this.nextOf(name) ?? (await this.told(name, signal));
    if ('error' in move) throw move.error;
    return move.result;
  }

  private nextOf(step: string): Move | null {
    const move = this.first ?? this.moves.get(step)?.shift();
    this.first = null;
    if (move) return move;
    return this.otherwise === 'complete' ? { result: this.results[step] ?? {} } : null;
  }

  private told(step: string, signal: AbortSignal): Promise<Move> {
    return Promise.race([new Promise<Move>((resolve) => this.waiting.set(step, resolve)), untilAborted(signal)]);
  }
}

/** The tasks of a database that have strings. */
export class Puppets {
  private readonly tasks = new Map<string, Strings>();

  add(taskId: string, task: Strings): void {
    this.tasks.set(taskId, task);
  }

  of(taskId: string): Strings | undefined {
    return this.tasks.get(taskId);
  }

  clear(): void {
    this.tasks.clear();
  }
}
