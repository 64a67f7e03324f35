import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { EcommerceService } from '../api-integration/ecommerce/ecommerce.service.js';

/** What Express's and Fastify's answers have in common. */
interface Answer {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

type Params = Record<string, string>;

/** What `http://localhost:3000/api` is in development: a front for the e-commerce system, in the server itself. */
@Controller('api')
export class StorefrontApiController {
  constructor(private readonly ecommerce: EcommerceService) {}

  @Get('cart')
  cart(@Query() { cart_id = '', ...params }: Params, @Res({ passthrough: true }) answer: Answer): Promise<unknown> {
    return this.forward(['carts', cart_id], params, answer);
  }

  @Get('cart/:id')
  cartOf(
    @Param('id') id: string,
    @Query() params: Params,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<unknown> {
    return this.forward(['carts', id], params, answer);
  }

  @Get('products')
  products(@Query() params: Params, @Res({ passthrough: true }) answer: Answer): Promise<unknown> {
    return this.forward(['products'], params, answer);
  }

  private async forward(segments: string[], params: Params, answer: Answer): Promise<unknown> {
    const url = new URL(
      segments.map(encodeURIComponent).join('/'),
      `${process.env.ECOMMERCE_URL || this.ecommerce.url}/`,
    );
    url.search = new URLSearchParams(params).toString();
    const response = await fetch(url);
    answer.status(response.status);
    const retryAfter = response.headers.get('retry-after');
    if (retryAfter !== null) answer.header('retry-after', retryAfter);
    return response.json();
  }
}
