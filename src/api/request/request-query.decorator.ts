import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { accept, readQuery } from './read.js';

/**
 * The query, held against a class.
 * A decorator of its own, because a pipe that the host uses globally would be given `@Query()` first and might drop from it.
 */
export const RequestQuery = createParamDecorator((shape: Type<object>, context: ExecutionContext) =>
  accept(readQuery(shape, context.switchToHttp().getRequest<{ query: object }>().query)),
);
