import type { AlertStatus, AlertState } from '../../persistence/stores/alerts.js';
import { ALERT_STATES } from '../../persistence/stores/alerts.js';
import { ALERT_SEVERITIES, type AlertSeverity } from '../../core/template-policies.js';
import type { EvaluationHealth } from '../../alerts/alert-evaluator.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const text = (description: string) => ApiProperty({ type: String, nullable: true, description });
const seconds = (description: string) => ApiProperty({ type: Number, minimum: 0, description });

@ApiSchema({ name: 'Alert', description: 'An alert that is declared, and how it stands' })
export class AlertResource {
  @ApiProperty({ format: 'uuid', description: 'The same in all processes' }) alert_id!: string;
  @ApiProperty({ example: 'high_failure_rate' }) name!: string;
  @text('The namespace that it is about; null for all') namespace!: string | null;
  @text('The template that it is about; null for all') template!: string | null;
  @text('The version of the template that declares it; null where a file does') version!: string | null;
  @text('The step that it is about; null for all') step!: string | null;
  @ApiProperty({ enum: ALERT_SEVERITIES }) severity!: AlertSeverity;
  @text('What it means') description!: string | null;
  @ApiProperty({ description: 'Under which it fires', example: 'success_rate < 0.95' }) condition!: string;
  @text('The condition under which it is over; null for where it does not hold') resolve!: string | null;
  @seconds('What the figures are computed over') window_seconds!: number;
  @seconds('For how long the condition must hold') for_seconds!: number;
  @seconds('For how long it must have been over') resolve_after_seconds!: number;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'As declared' })
  labels!: Record<string, string>;
  @ApiProperty({ type: [String], description: 'Subscribers that are told besides those that subscribe to alerts' })
  notify!: string[];
  @ApiProperty({ description: 'Whether it is looked after' }) enabled!: boolean;
  @ApiProperty({ enum: ALERT_STATES, description: '`resolved`: it has fired, and is over' }) state!: AlertState;
  @Time() state_since!: string;
  @ApiProperty({ description: 'Whether its figures said nothing at the last look: the state stays as it is' })
  no_data!: boolean;
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: { type: 'number', nullable: true },
    example: { success_rate: 0.82 },
    description: 'What its conditions were asked over at the last look; null for what had no value',
  })
  figures!: Record<string, number | null> | null;
  @Time('Null before the first look') evaluated_at!: string | null;
  @text('Why it could not be evaluated at the last look') error!: string | null;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'How often it has fired' }) fired_count!: number;
  @Time('Null where it never has') last_fired_at!: string | null;
  @Time('Null where it never was') last_resolved_at!: string | null;
}

@ApiSchema({ name: 'AlertEvaluation', description: 'How looking after alerts goes in the process that answers' })
export class AlertEvaluationResource {
  @Time('When it last went well; null where it has not yet, or there is nothing to look after')
  last_round_at!: string | null;
  @ApiProperty({ description: 'Whether the last round went well' }) healthy!: boolean;
}

@ApiSchema({ name: 'Alerts' })
export class AlertsResource {
  @ApiProperty({ type: [AlertResource] }) alerts!: AlertResource[];
  @ApiProperty({ type: AlertEvaluationResource }) evaluation!: AlertEvaluationResource;
}

export const alertResource = ({ definition, ...alert }: AlertStatus): AlertResource => ({
  alert_id: alert.id,
  name: alert.name,
  namespace: alert.namespace,
  template: alert.template,
  version: definition.version,
  step: definition.step,
  severity: alert.severity,
  description: definition.description,
  condition: definition.condition,
  resolve: definition.resolve,
  window_seconds: definition.window_seconds,
  for_seconds: definition.for_seconds,
  resolve_after_seconds: definition.resolve_after_seconds,
  labels: definition.labels,
  notify: definition.notify,
  enabled: definition.enabled,
  state: alert.state,
  state_since: alert.stateSince.toISOString(),
  no_data: alert.evaluatedAt !== null && definition.enabled && alert.error === null && alert.holds === null,
  figures: alert.figures,
  evaluated_at: alert.evaluatedAt?.toISOString() ?? null,
  error: alert.error,
  fired_count: alert.firedCount,
  last_fired_at: alert.lastFiredAt?.toISOString() ?? null,
  last_resolved_at: alert.lastResolvedAt?.toISOString() ?? null,
});

export const evaluationResource = ({ lastRoundAt, error }: EvaluationHealth): AlertEvaluationResource => ({
  last_round_at: lastRoundAt?.toISOString() ?? null,
  healthy: error === null,
});
