import { completionPercentage, executionStatus, type StepTally } from './execution-status.js';

const status = (stepCounts: StepTally['stepCounts'], rest: Partial<StepTally> = {}) =>
  executionStatus({ stepCounts, claimable: 0, dueLater: 0, ...rest });

describe('executionStatus', () => {
  it('is all_complete when every step is finished, in whichever way', () => {
    expect(status({ complete: 1, skipped: 1, resolved_manually: 1, cancelled: 1 })).toBe('all_complete');
  });

  it('is processing while any step runs, whatever else waits', () => {
    expect(status({ in_progress: 1, ready: 1, error: 1 }, { claimable: 1, dueLater: 1 })).toBe('processing');
  });

  it('is has_ready_steps when a worker may claim a step, a retry that is due included', () => {
    expect(status({ waiting_for_retry: 2, error: 1 }, { claimable: 1, dueLater: 1 })).toBe('has_ready_steps');
  });

  it('is waiting_for_retry when only time will move it', () => {
    expect(status({ waiting_for_retry: 1, error: 1, pending: 1 }, { dueLater: 1 })).toBe('waiting_for_retry');
  });

  it('is blocked_by_failures when steps are in error and nothing can move', () => {
    expect(status({ complete: 1, error: 1, pending: 1 })).toBe('blocked_by_failures');
  });

  it('is blocked_by_failures when what is ready is held back by a failure', () => {
    expect(status({ ready: 1, error: 1 })).toBe('blocked_by_failures');
  });

  it('is waiting_for_dependencies otherwise', () => {
    expect(status({ ready: 1, pending: 1 })).toBe('waiting_for_dependencies');
  });
});

describe('completionPercentage', () => {
  it('has two decimals', () => expect(completionPercentage({ complete: 1, pending: 2 })).toBe(33.33));
  it('counts steps that were skipped, resolved or cancelled', () =>
    expect(completionPercentage({ skipped: 1, resolved_manually: 1, cancelled: 1, error: 1 })).toBe(75));
  it('stays below 100 while a step is left of many', () =>
    expect(completionPercentage({ complete: 99_999, ready: 1 })).toBe(99.99));
  it('is 100 when all are finished', () => expect(completionPercentage({ complete: 3 })).toBe(100));
});
