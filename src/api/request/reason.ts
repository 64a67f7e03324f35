import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { ApiPropertyOptional, ApiSchema } from '../swagger.js';
import { IsText } from './checks.js';
import { accept, readQuery } from './read.js';
import { readBody } from './request-body.decorator.js';

/** Why something is done; kept in the audit trail. */
@ApiSchema({ name: 'Reason' })
export class ReasonBody {
  @ApiPropertyOptional({ maxLength: 4000, example: 'Ordered twice' })
  @IsOptional()
  @IsText({ max: 4000 })
  reason?: string;
}

/** The reason that the body or the query of a DELETE gives. */
export const ReasonToDelete = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined => {
  const { body, query } = context.switchToHttp().getRequest<{ body: unknown; query: object }>();
  const inBody = readBody(ReasonBody, body);
  const inQuery = readQuery(ReasonBody, query);
  const [said, asked] = [inBody.value.reason, inQuery.value.reason];
  const differ = said !== undefined && asked !== undefined && said !== asked;
  const twice = differ ? [{ path: 'reason', message: 'differs between the body and the query' }] : [];
  return accept({ value: said ?? asked, findings: [...inBody.findings, ...inQuery.findings, ...twice] });
});
