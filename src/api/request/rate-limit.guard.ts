import { Inject, Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { callerOf } from '../../auth/caller.js';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { TASKER_CONTROLLERS } from '../access/access.guard.js';
import { HealthController } from '../health/health.controller.js';
import type { HeaderWriter } from './correlation.js';
import { RateLimitedError } from './rate-limited-error.js';
import { TokenBuckets } from './token-buckets.js';

/**
 * Counts requests by who was let in, or where nobody is asked who they are, by address; the headers are those of the IETF's
 * draft (RateLimit-*). Probes of health are not counted.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly buckets: TokenBuckets | null;

  constructor(
    @Inject(TASKER_CONTROLLERS) private readonly controllers: readonly Type[],
    @Inject(TASKER_CONFIG) { http: { rateLimit } }: Pick<TaskerConfig, 'http'>,
  ) {
    this.buckets = rateLimit && new TokenBuckets(rateLimit.perSecond, rateLimit.burst);
  }

  canActivate(context: ExecutionContext): boolean {
    const asked = context.getClass();
    if (!this.buckets || asked === HealthController || !this.controllers.includes(asked)) return true;
    const http = context.switchToHttp();
    const { allowed, remaining, waitSeconds } = this.buckets.take(nameOf(http.getRequest()), performance.now());
    const response = http.getResponse<HeaderWriter>();
    response.header('RateLimit-Limit', String(this.buckets.burst));
    response.header('RateLimit-Remaining', String(remaining));
    response.header('RateLimit-Reset', String(waitSeconds));
    if (!allowed) throw new RateLimitedError(waitSeconds);
    return true;
  }
}

function nameOf(request: { socket?: { remoteAddress?: string } }): string {
  const { principal } = callerOf(request);
  return principal ? `principal ${principal.name}` : `address ${request.socket?.remoteAddress ?? ''}`;
}
