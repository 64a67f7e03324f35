import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { IsText } from '../request/checks.js';
import { readInclude } from '../request/include.js';
import { accept, readQuery } from '../request/read.js';

/** `dependencies` come with the steps, which name theirs. */
export const TASK_PARTS = ['steps', 'attempts', 'dependencies', 'transitions'] as const;
export const STEP_PARTS = ['attempts', 'dependencies'] as const;

class IncludeQuery {
  @IsOptional() @IsText() include?: string;
}

const partsOf = <Part extends string>(context: ExecutionContext, allowed: readonly Part[]): Set<Part> => {
  const reading = readQuery(IncludeQuery, context.switchToHttp().getRequest<{ query: object }>().query);
  const { parts, findings } = readInclude(reading.value.include, allowed);
  return accept({ value: parts, findings: [...reading.findings, ...(reading.findings.length > 0 ? [] : findings)] });
};

export type TaskInclude = (typeof TASK_PARTS)[number][];
export type StepInclude = 'attempts'[];

/** What to answer with a task. Attempts come with their steps. */
export const IncludeWithTask = createParamDecorator((_data: unknown, context: ExecutionContext): TaskInclude => {
  const parts = partsOf(context, TASK_PARTS);
  const include: TaskInclude = [];
  if (parts.has('steps') || parts.has('attempts') || parts.has('dependencies')) include.push('steps');
  if (parts.has('attempts')) include.push('attempts');
  if (parts.has('dependencies')) include.push('dependencies');
  if (parts.has('transitions')) include.push('transitions');
  return include;
});

/** What to answer with a step. */
export const IncludeWithStep = createParamDecorator((_data: unknown, context: ExecutionContext): StepInclude =>
  partsOf(context, STEP_PARTS).has('attempts') ? ['attempts'] : [],
);
