import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { StepAct } from '../../client/bulk-operator.js';
import { stepOptionFindings } from '../../client/operator-options.js';
import { actorOf } from '../request/actor.js';
import type { CorrelatedRequest } from '../request/correlation.js';
import { inBody } from '../request/in-body.js';
import { accept, type Reading } from '../request/read.js';
import { readBody } from '../request/request-body.decorator.js';
import { StepActionBody } from './step-action.body.js';

/** What a request asks to be done to a step. */
export const RequestedAct = createParamDecorator((_data: unknown, context: ExecutionContext): StepAct => {
  const request = context.switchToHttp().getRequest<CorrelatedRequest & { body: unknown }>();
  return accept(stepAct(readBody(StepActionBody, request.body), actorOf(request)));
});

const NOTHING_ASKED = { path: 'action', message: 'is required where neither retry_limit nor inputs are given' };

/** With what the action does not take, or lacks, among the findings. */
function stepAct({ value, findings }: Reading<StepActionBody>, actor: string): Reading<StepAct> {
  const { action = 'update', reason, results, retry_limit: retryLimit, inputs } = value;
  const options = { actor, reason, results, retryLimit, inputs };
  const known = new Set(findings.map(({ path }) => path.split(/[.[]/)[0]));
  const further = known.has('action')
    ? []
    : stepOptionFindings(action, options).map((finding) => (finding.path === '' ? NOTHING_ASKED : inBody(finding)));
  return {
    value: { action, ...options } as StepAct,
    findings: [...findings, ...further.filter(({ path }) => !known.has(path.split(/[.[]/)[0]))],
  };
}
