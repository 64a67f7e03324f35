import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ATTEMPT_OUTCOMES,
  FINISHED_STEP_STATES,
  SATISFYING_STEP_STATES,
  STEP_MOVES,
  STEP_STATES,
  STEP_VERBS,
  TASK_MOVES,
  TASK_STATES,
  TASK_VERBS,
  canStepMove,
  canTaskMove,
  isStepVerbLegal,
  isTaskSettled,
} from './states.js';

describe('the states', () => {
  it.each([
    ['task', TASK_MOVES as Record<string, readonly string[]>],
    ['step', STEP_MOVES as Record<string, readonly string[]>],
  ])('of a %s lead only to states that exist, and all can be reached from pending', (_of, moves) => {
    const reached = new Set(['pending']);
    for (const state of reached) moves[state]!.forEach((next) => reached.add(next));
    expect([...reached].sort()).toEqual(Object.keys(moves).sort());
  });

  it('of a step that is finished are never left', () => {
    for (const state of FINISHED_STEP_STATES) expect(STEP_MOVES[state]).toEqual([]);
  });

  it('of a step that let its dependents run are finished', () => {
    for (const state of SATISFYING_STEP_STATES) expect(FINISHED_STEP_STATES).toContain(state);
    expect(SATISFYING_STEP_STATES).not.toContain('cancelled');
  });

  it('of a step all lead to cancelled until it is finished', () => {
    for (const state of STEP_STATES) {
      const isFinished = (FINISHED_STEP_STATES as readonly string[]).includes(state);
      expect([state, canStepMove(state, 'cancelled')]).toEqual([state, !isFinished]);
    }
  });

  it('of a complete step never lead back to running', () => {
    expect(canStepMove('complete', 'in_progress')).toBe(false);
    expect(canStepMove('complete', 'ready')).toBe(false);
  });

  it('of a task in error lead back to running, by a repair', () => {
    expect(canTaskMove('error', 'in_progress')).toBe(true);
    expect(canTaskMove('complete', 'in_progress')).toBe(false);
  });

  it('of a task that has settled are those in which nothing moves by itself', () => {
    expect(TASK_STATES.filter(isTaskSettled).sort()).toEqual(['cancelled', 'complete', 'error', 'resolved_manually']);
  });

  it('know seven ways in which an attempt ends', () => {
    expect([...ATTEMPT_OUTCOMES].sort()).toEqual(
      ['succeeded', 'failed', 'timed_out', 'worker_lost', 'released', 'cancelled', 'refused'].sort(),
    );
  });
});

describe("the operator's verbs", () => {
  it.each([
    ['resolve', 'resolved_manually'],
    ['complete', 'complete'],
    ['skip', 'skipped'],
    ['cancel', 'cancelled'],
  ] as const)('for a step: %s is legal from exactly where a step may become %s', (verb, to) => {
    expect(STEP_STATES.filter((state) => isStepVerbLegal(verb, state))).toEqual(
      STEP_STATES.filter((state) => canStepMove(state, to)),
    );
  });

  it('for a task: resolve and cancel are legal from exactly where their moves are', () => {
    const sources = (to: 'resolved_manually' | 'cancelled') => TASK_STATES.filter((state) => canTaskMove(state, to));
    expect([...TASK_VERBS.resolve]).toEqual(sources('resolved_manually'));
    expect([...TASK_VERBS.cancel]).toEqual(sources('cancelled'));
  });

  it('have a failed step tried again, and let one that waits start at once', () => {
    expect(STEP_VERBS.retry.filter((state) => canStepMove(state, 'ready'))).toEqual(['error']);
    expect(STEP_VERBS.retry.filter((state) => canStepMove(state, 'in_progress'))).toEqual(['waiting_for_retry']);
  });

  it('leave alone what is finished', () => {
    const touched = new Set(Object.values(STEP_VERBS).flat() as string[]);
    for (const state of FINISHED_STEP_STATES) expect(touched).not.toContain(state);
  });

  it.each([
    ['step', STEP_STATES as readonly string[], STEP_VERBS as Record<string, readonly string[]>],
    ['task', TASK_STATES as readonly string[], TASK_VERBS as Record<string, readonly string[]>],
  ])('for a %s are in docs/operations.md as they are here', (what, states, verbs) => {
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
    const [, section] = page.split(`## To a ${what}\n`);
    const rows = section!
      .split('\n## ')[0]!
      .split('\n')
      .filter((line) => line.startsWith('|'));
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
    const [[, ...columns], , ...body] = cells as [string[], string[], ...string[][]];
    expect(columns).toEqual(Object.keys(verbs));
    const written = body.map(([state, ...marks]) => [state, columns.filter((_, n) => marks[n] === '✓')]);
    const known = states.map((state) => [state, columns.filter((verb) => verbs[verb]!.includes(state))]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(known));
  });
});
