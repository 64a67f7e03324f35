import { tasker } from './package-under-test.mjs';
import { contextOf } from './workloads.mjs';

/** Runs first in a task: reads the context, leaves a small JSON. */
class Begin {
  /** @param {any} context */
  async process({ task, step }) {
    return { step: step.name, order: task.context.order, value: 1 };
  }
}
tasker.StepHandler('bench.begin')(Begin);

/** Adds up what the parents left, so that a result which did not arrive would show. */
class Add {
  /** @param {any} context */
  async process({ task, step, config, sequence }) {
    let value = 1;
    for (const parent of config.parents) value += sequence.results(parent).value;
    return { step: step.name, order: task.context.order, value };
  }
}
tasker.StepHandler('bench.add')(Add);

export const HANDLERS = [Begin, Add];

/** @param {import('./workloads.mjs').Workload} workload */
export function templateOf({ steps }) {
  return {
    name: 'bench',
    step_templates: steps.map(({ name, parents }) => ({
      name,
      handler_class: parents.length === 0 ? 'bench.begin' : 'bench.add',
      depends_on_steps: parents,
      handler_config: { parents },
    })),
  };
}

/** @param {number} order */
export const requestOf = (order) => ({
  name: 'bench',
  context: contextOf(order),
  initiator: 'bench',
  reason: 'measurement',
  sourceSystem: 'bench',
});
