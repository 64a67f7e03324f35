import type { Name } from '../name.js';

/** @param decorator - what stands above the class */
export const apiHandler = ({ pascal, snake }: Name, decorator: string): string => `\
import { ApiStepHandler, StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';

/** What the handler reads of the task's context. */
export interface ${pascal}Context {
  id: string;
}

/** What the service answers, and the step leaves to those that depend on it. */
export interface ${pascal}Result {
  id: string;
}

/**
 * Runs the steps whose \`handler_class\` is \`${snake}\`: one call to the \`url\` of their \`handler_config\`, with the id of
 * the task's context as its last segment.
 */
${decorator}
export class ${pascal}StepHandler extends ApiStepHandler<${pascal}Context, ${pascal}Result> {
  protected override request({ task }: StepContext<${pascal}Context>, configured: ApiRequest): ApiRequest {
    return { ...configured, segments: [task.context.id] };
  }

  protected override onResponse({ body }: ApiResponse<${pascal}Result>): ${pascal}Result {
    return { id: body.id };
  }
}
`;

export const apiHandlerSpec = ({ pascal }: Name, specifier: string): string => `\
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PermanentError, RetryableError } from 'nest-tasker';
import { runStep } from 'nest-tasker/testing';
import { ${pascal}StepHandler } from '${specifier}';

describe('${pascal}StepHandler', () => {
  let status: number;
  let called: string[];
  const service = createServer(({ method, url }, response) => {
    called.push(\`\${method} \${url}\`);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"id":"42"}');
  });

  const run = (): Promise<unknown> => {
    const { port } = service.address() as AddressInfo;
    const config = { url: \`http://127.0.0.1:\${port}/things\` };
    return runStep(new ${pascal}StepHandler(), { context: { id: '42' }, config });
  };

  beforeAll(async () => {
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
  });
  afterAll(async () => {
    service.close();
    await once(service, 'close');
  });
  beforeEach(() => {
    status = 200;
    called = [];
  });

  it('calls the service once and leaves its answer', async () => {
    await expect(run()).resolves.toEqual({ id: '42' });
    expect(called).toEqual(['GET /things/42']);
  });

  it('is tried again while the service is unavailable', async () => {
    status = 503;
    await expect(run()).rejects.toThrow(RetryableError);
  });

  it('fails for good where the service knows no such thing', async () => {
    status = 404;
    await expect(run()).rejects.toThrow(PermanentError);
  });
});
`;
