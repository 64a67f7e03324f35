import { Inject, Injectable } from '@nestjs/common';
import type { LiveAttempt } from '../../orchestration/live-attempt.js';
import { StepExecutor } from '../../orchestration/step-executor.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import { Puppets } from '../factories/puppets.js';
import { MockTable } from './mock-table.js';

/** The executor, which runs mocks in the place of handlers. */
@Injectable()
export class MockedStepExecutor extends StepExecutor {
  // by properties: the constructor is the executor's own
  @Inject(MockTable) private readonly mocks!: MockTable;
  @Inject(Puppets) private readonly puppets!: Puppets;

  override execute(attempt: LiveAttempt, registered: RegisteredStepHandler): void {
    const strings = this.puppets.of(attempt.taskId);
    const { step } = attempt;
    super.execute(attempt, strings ? strings.over(step, registered) : this.mocks.over(step.name, registered));
    if (strings?.timeless) attempt.timer?.close();
  }
}
