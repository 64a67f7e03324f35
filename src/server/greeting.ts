import { authOptions } from './auth-settings.js';
import type { Settings } from './settings.js';

/** What a newcomer sees: where to look, and what to try. The first line is a contract: programs wait for it. */
export function greeting(url: string, { roles, environment, auth }: Settings): string {
  const ready = `Tasker is ready on ${url}\n`;
  if (environment !== 'development' || !roles.includes('api')) return ready;
  // a key is made with `tasker keys create`
  const token = authOptions(auth) ? '\n    -H "Authorization: Bearer $TASKER_TOKEN" \\' : '';
  return `${ready}
  API and its docs   ${url}/tasker/docs
  Tasks              ${url}/tasker/tasks
  Health             ${url}/tasker/health/ready

  Try it:

  curl -X POST ${url}/tasker/tasks \\
    -H "Content-Type: application/json" \\${token}
    -d '{
      "name": "api_integration_task",
      "context": { "cart_id": 123 },
      "initiator": "web_interface",
      "reason": "Process new order",
      "source_system": "ecommerce",
      "tags": ["order_processing", "api_integration"]
    }'

  and watch it: curl "${url}/tasker/tasks/<task_id>?include=steps"

`;
}
