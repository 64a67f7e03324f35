import { Injectable } from '@nestjs/common';
import { ApiStepHandler, type ApiRequest } from 'nest-tasker';
import { EcommerceService } from '../ecommerce/ecommerce.service.js';

/** A step that calls the e-commerce system: a url without a host is one of its paths. */
@Injectable()
export abstract class EcommerceStepHandler<C, R> extends ApiStepHandler<C, R> {
  constructor(private readonly service: EcommerceService) {
    super();
  }

  // ECOMMERCE_URL lets several processes share one service; each runs its own otherwise.
  protected override baseUrl(): string {
    return process.env.ECOMMERCE_URL || this.service.url;
  }

  /** The call as it is configured; one that has no url goes to this path of the system, with its key. */
  protected withPath(configured: ApiRequest, path: string): ApiRequest {
    if (configured.url !== undefined) return configured;
    const key = process.env.ECOMMERCE_API_KEY || undefined;
    return { ...configured, url: path, headers: { ...configured.headers, 'x-api-key': key } };
  }
}
