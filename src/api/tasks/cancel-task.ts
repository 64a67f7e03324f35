import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { isPlainObject } from '../../core/json.js';
import { IsText, kindOf } from '../request/checks.js';
import { accept, invalid, read, readQuery } from '../request/read.js';
import { ApiPropertyOptional, ApiSchema } from '../swagger.js';

/** Why a task is cancelled; kept in its audit trail. */
@ApiSchema({ name: 'Cancellation' })
export class CancellationBody {
  @ApiPropertyOptional({ maxLength: 4000, example: 'Ordered twice' })
  @IsOptional()
  @IsText({ max: 4000 })
  reason?: string;
}

/** The reason that the body or the query gives. */
export const CancelReason = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined => {
  const { body, query } = context.switchToHttp().getRequest<{ body: unknown; query: object }>();
  if (body !== undefined && body !== null && !isPlainObject(body)) {
    throw invalid([{ path: '', message: `must be an object, not ${kindOf(body)}` }]);
  }
  const inBody = read(CancellationBody, body ?? {});
  const inQuery = readQuery(CancellationBody, query);
  const [said, asked] = [inBody.value.reason, inQuery.value.reason];
  const differ = said !== undefined && asked !== undefined && said !== asked;
  const twice = differ ? [{ path: 'reason', message: 'differs between the body and the query' }] : [];
  return accept({ value: said ?? asked, findings: [...inBody.findings, ...inQuery.findings, ...twice] });
});
