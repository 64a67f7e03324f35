import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../core/clock.js';
import { parseCondition, type Condition } from '../core/condition/condition.js';
import type { StepFailure } from '../core/failure.js';
import type { EscalationRule } from '../core/template-policies.js';
import { escalationEvent } from '../events/escalation-events.js';
import { failureFacts } from '../events/tasker-events.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import type { PublishedEvent } from '../orchestration/published-event.js';
import type { TaskHeader } from '../persistence/stores/attempts.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';

/** A failed attempt that rules are asked of. */
export interface FailedSubject {
  entry: CatalogEntry;
  taskId: string;
  stepNo: number;
  attempt: number;
  /** Attempts that count against the limit, this one included. */
  counted: number;
  retryLimit: number;
  /** The task's. @throws SealError where it cannot be decrypted here */
  context: () => TaskHeader['context'];
}

/** Asks a template's escalation rules of each failed attempt; what they come to is published with its outcome. */
@Injectable()
export class Escalations {
  private readonly logger = new Logger('tasker.events');
  private readonly conditions = new WeakMap<EscalationRule, Condition>();

  constructor(
    private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  static hasRules({ template }: CatalogEntry): boolean {
    return template.errorHandling.escalationRules.length > 0;
  }

  /** Adds to what the attempt has published. @param isLast - no attempt follows */
  ask(attempt: LiveAttempt, failure: StepFailure, isLast: boolean): void {
    const { memory, taskId, stepNo, counted, claim } = attempt;
    if (!Escalations.hasRules(memory.entry)) return;
    const { retryLimit } = claim;
    const context = () => memory.context;
    const subject = { entry: memory.entry, taskId, stepNo, attempt: attempt.attempt, counted, retryLimit, context };
    const events = this.of(subject, failure, isLast);
    if (events.length > 0) (attempt.published ??= []).push(...events);
  }

  /** What the rules come to. @param isLast - no attempt follows */
  of(subject: FailedSubject, failure: StepFailure, isLast: boolean): PublishedEvent[] {
    const rules = subject.entry.template.errorHandling.escalationRules;
    if (rules.length === 0) return [];
    try {
      const facts = { ...subject.context(), ...factsOf(subject, failure, isLast) };
      return rules
        .filter((rule) => this.conditionOf(rule).evaluate(facts))
        .map((rule) => this.event(subject, rule, failure));
    } catch (error) {
      // a context that cannot be decrypted here: the outcome itself must not be lost
      this.logger.error('Escalation rules could not be asked', error);
      return [];
    }
  }

  private event({ entry, taskId, stepNo }: FailedSubject, rule: EscalationRule, failure: StepFailure): PublishedEvent {
    const { action, condition, description } = rule;
    const json = JSON.stringify({ action, condition, description, ...failureFacts(failure) });
    const stored = this.vault.sealEvent(entry, taskId, stepNo, json);
    return { name: escalationEvent(action), at: new Date(this.clock.now()), json, stored };
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
const factsOf = (
  { entry, stepNo, attempt, counted, retryLimit }: FailedSubject,
  failure: StepFailure,
  isLast: boolean,
) => ({
  ...failureFacts(failure),
  error_type: failure.errorCode ?? failure.errorClass,
  step_name: entry.step(stepNo).name,
  attempt,
  retry_count: counted,
  retry_limit: retryLimit,
  is_last_attempt: isLast,
});
