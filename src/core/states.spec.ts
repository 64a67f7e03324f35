import {
  ATTEMPT_OUTCOMES,
  FINISHED_STEP_STATES,
  SATISFYING_STEP_STATES,
  STEP_MOVES,
  STEP_STATES,
  TASK_MOVES,
  TASK_STATES,
  canStepMove,
  canTaskMove,
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
