import { ApiProperty, ApiSchema } from '../swagger.js';

/** One thing that is wrong with a request. */
@ApiSchema({ name: 'Finding' })
export class FindingResource {
  @ApiProperty({
    description: 'Where: a path into the body, or the name of a query parameter',
    example: 'context.cart_id',
  })
  path!: string;
  @ApiProperty({ example: 'must be integer' })
  message!: string;
}

/** What went wrong, as RFC 9457 has it. */
@ApiSchema({ name: 'Problem' })
export class ProblemResource {
  @ApiProperty({ description: 'Stable; ends in `code`', example: 'urn:tasker:problem:context_invalid' })
  type!: string;
  @ApiProperty({ example: 'Context invalid' })
  title!: string;
  @ApiProperty({ example: 422 })
  status!: number;
  @ApiProperty({ description: 'What to do about it' })
  detail!: string;
  @ApiProperty({ description: 'To match on', example: 'context_invalid' })
  code!: string;
  @ApiProperty({ type: [FindingResource], description: 'Every single thing that is wrong' })
  errors!: FindingResource[];
  @ApiProperty({ description: "The request's `X-Correlation-ID`, or one made for it; also in the server's log" })
  correlation_id!: string;
}
