// An application that answers HTTP and takes tasks, without a worker.
import { once } from 'node:events';
import { HTTP_ADAPTERS, NestFactory } from './package-under-test.mjs';
import { benchModule } from './application.mjs';
import { readProcess } from './measure.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

const { url, workload, adapter } = task();
const module = benchModule({ url, roles: ['api'], workload: WORKLOADS[workload], http: true });
const application = await NestFactory.create(module, HTTP_ADAPTERS[adapter](), { logger: ['warn', 'error', 'fatal'] });
await application.listen(0, '127.0.0.1');
const begun = readProcess(null, null);
answer({ port: application.getHttpServer().address().port });
await once(process, 'message');
answer({ begun, ended: readProcess(null, null), rss: process.memoryUsage.rss() });
await application.close();
process.disconnect();
