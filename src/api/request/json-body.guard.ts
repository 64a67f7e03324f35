import { Injectable, UnsupportedMediaTypeException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { CorrelatedRequest } from './correlation.js';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Refuses bodies that are not said to be JSON: what becomes of them differs between the HTTP servers. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<CorrelatedRequest>();
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !JSON_TYPE.test(String(headers['content-type']))) throw new UnsupportedMediaTypeException();
    return true;
  }
}
