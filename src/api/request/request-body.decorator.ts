import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { isPlainObject } from '../../core/json.js';
import { kindOf } from './checks.js';
import { accept, invalid, read, type Reading } from './read.js';

/** A body, or none, held against a class. @throws TaskerError `request_invalid` where it is no object */
export function readBody<T extends object>(shape: Type<T>, body: unknown): Reading<T> {
  if (body === undefined || body === null) return read(shape, {});
  if (!isPlainObject(body)) throw invalid([{ path: '', message: `must be an object, not ${kindOf(body)}` }]);
  return read(shape, body);
}

/** The body, which may be left out where none of its fields is required, held against a class. */
export const RequestBody = createParamDecorator((shape: Type<object>, context: ExecutionContext) =>
  accept(readBody(shape, context.switchToHttp().getRequest<{ body: unknown }>().body)),
);
