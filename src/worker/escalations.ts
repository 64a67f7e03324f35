import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../core/clock.js';
import { parseCondition, type Condition } from '../core/condition/condition.js';
import type { StepFailure } from '../core/failure.js';
import type { EscalationRule } from '../core/template-policies.js';
import { escalationEvent } from '../events/escalation-events.js';
import { failureFacts } from '../events/tasker-events.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';

/** Asks a template's escalation rules of each failed attempt; what they come to is published with its outcome. */
@Injectable()
export class Escalations {
  private readonly logger = new Logger('Tasker');
  private readonly conditions = new WeakMap<EscalationRule, Condition>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** @param isLast - no attempt follows */
  ask(attempt: LiveAttempt, failure: StepFailure, isLast: boolean): void {
    const rules = attempt.memory.entry.template.errorHandling.escalationRules;
    if (rules.length === 0) return;
    try {
      const facts = { ...attempt.memory.context, ...factsOf(attempt, failure, isLast) };
      for (const rule of rules) if (this.conditionOf(rule).evaluate(facts)) this.publish(attempt, rule, failure);
    } catch (error) {
      // a context that cannot be decrypted here: the outcome itself must not be lost
      this.logger.error(`Escalation rules could not be asked: ${(error as Error).message}`);
    }
  }

  private publish(attempt: LiveAttempt, rule: EscalationRule, failure: StepFailure): void {
    const { action, condition, description } = rule;
    const json = JSON.stringify({ action, condition, description, ...failureFacts(failure) });
    const stored = attempt.memory.sealedEvent(attempt.stepNo, json);
    const at = new Date(this.clock.now());
    (attempt.published ??= []).push({ name: escalationEvent(action), at, json, stored });
  }

  private conditionOf(rule: EscalationRule): Condition {
    const known = this.conditions.get(rule);
    if (known) return known;
    const condition = parseCondition(rule.condition);
    this.conditions.set(rule, condition);
    return condition;
  }
}

/** What conditions may ask for besides the task's context. */
const factsOf = (attempt: LiveAttempt, failure: StepFailure, isLast: boolean) => ({
  ...failureFacts(failure),
  error_type: failure.errorCode ?? failure.errorClass,
  step_name: attempt.step.name,
  attempt: attempt.attempt,
  retry_count: attempt.counted,
  retry_limit: attempt.claim.retryLimit,
  is_last_attempt: isLast,
});
