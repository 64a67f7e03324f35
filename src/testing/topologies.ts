import type { TemplateDefinition } from '../core/template-definition.js';
import type { MockHandler } from './mocks/mock-handler.js';
import type { MockHandlers } from './mocks/mock-table.js';
import { failTimes } from './mocks/mocks.js';

/** A workflow of a typical shape, whose handlers are mocks: some fail before they succeed. */
export interface Topology {
  template: TemplateDefinition;
  /** What `create` and `addTemplates` take: mocks by the names of the handlers, so that no step of another template is mocked. */
  mockHandlers: MockHandlers;
  /** The same by the names of the steps. */
  handlers: Record<string, MockHandler>;
  /** How often each step fails before it succeeds; steps that do not are left out. */
  failures: Readonly<Record<string, number>>;
}

interface Shape {
  name: string;
  description: string;
  /** The steps, and those that each depends on. */
  steps: Record<string, string[]>;
  failures: Record<string, number>;
}

const SHAPES = {
  linear: {
    name: 'linear_workflow_task',
    description: 'Six steps in a row',
    steps: {
      initialize_data: [],
      validate_input: ['initialize_data'],
      process_data: ['validate_input'],
      transform_results: ['process_data'],
      validate_output: ['transform_results'],
      finalize_workflow: ['validate_output'],
    },
    failures: { process_data: 1 },
  },
  diamond: {
    name: 'diamond_workflow_task',
    description: 'Two branches that part and meet again',
    steps: {
      start_workflow: [],
      branch_one_process: ['start_workflow'],
      branch_two_process: ['start_workflow'],
      branch_one_validate: ['branch_one_process'],
      branch_two_validate: ['branch_two_process'],
      merge_branches: ['branch_one_validate', 'branch_two_validate'],
      end_workflow: ['merge_branches'],
    },
    failures: { branch_one_process: 1 },
  },
  parallel_merge: {
    name: 'parallel_merge_workflow_task',
    description: 'Four beginnings that meet at one end',
    steps: {
      fetch_user_data: [],
      fetch_order_data: [],
      fetch_inventory_data: [],
      fetch_pricing_data: [],
      process_user_data: ['fetch_user_data'],
      process_order_data: ['fetch_order_data'],
      merge_all_data: ['process_user_data', 'process_order_data', 'fetch_inventory_data', 'fetch_pricing_data'],
    },
    failures: { fetch_order_data: 1, merge_all_data: 1 },
  },
  tree: {
    name: 'tree_workflow_task',
    description: 'One root, two branches of two leaves, and their sum',
    steps: {
      root_initialization: [],
      branch_a_setup: ['root_initialization'],
      branch_b_setup: ['root_initialization'],
      branch_a_task_one: ['branch_a_setup'],
      branch_a_task_two: ['branch_a_setup'],
      branch_b_task_one: ['branch_b_setup'],
      branch_b_task_two: ['branch_b_setup'],
      aggregate_results: ['branch_a_task_one', 'branch_a_task_two', 'branch_b_task_one', 'branch_b_task_two'],
    },
    failures: { branch_b_setup: 1 },
  },
  mixed: {
    name: 'mixed_workflow_task',
    description: 'Two beginnings, a leaf that nothing waits for, and an end that may run twice',
    steps: {
      init_auth: [],
      init_config: [],
      validate_permissions: ['init_auth'],
      setup_environment: ['init_config'],
      begin_processing: ['validate_permissions', 'setup_environment'],
      process_critical_data: ['begin_processing'],
      process_optional_data: ['begin_processing'],
      cleanup_temp_files: ['setup_environment'],
      finalize_and_report: ['process_critical_data', 'cleanup_temp_files'],
    },
    failures: { validate_permissions: 1, process_critical_data: 2 },
  },
} satisfies Record<string, Shape>;

export type TopologyName = keyof typeof SHAPES;
export const TOPOLOGIES = Object.keys(SHAPES) as TopologyName[];

const RETRY_LIMIT = 3;
const DELAY_SECONDS = 1;

/**
 * A workflow of one of the shapes that tests of engines are made of. Its steps leave `{ step, attempt }`.
 *
 * @param failures - how often steps fail before they succeed, over those of the shape; 3 and more is for good
 */
export function topology(name: TopologyName, failures: Record<string, number> = {}): Topology {
  const shape: Shape = SHAPES[name];
  const strangers = Object.keys(failures).filter((step) => !Object.hasOwn(shape.steps, step));
  if (strangers.length > 0) {
    throw new TypeError(
      `${shape.name} has no step ${strangers.join(', ')}; it has ${Object.keys(shape.steps).join(', ')}.`,
    );
  }
  const failing = { ...shape.failures, ...failures };
  const steps = Object.keys(shape.steps);
  const handlers = Object.fromEntries(steps.map((step) => [step, handlerOf(step, failing[step] ?? 0)]));
  const mockHandlers = Object.fromEntries(steps.map((step) => [handlerName(step), handlers[step]!]));
  return { template: templateOf(shape), mockHandlers, handlers, failures: failing };
}

/** What is left by the step that may run twice does not tell how often it ran. */
function handlerOf(step: string, failures: number): MockHandler {
  const mock = failTimes(failures, `${step} fails as it should.`);
  return step === 'finalize_and_report'
    ? mock.thenSucceedWith(({ step: { idempotencyKey } }) => ({ step, report: idempotencyKey }))
    : mock;
}

const handlerName = (step: string): string => `topologies.${step}`;

const templateOf = ({ name, description, steps }: Shape): TemplateDefinition => ({
  name,
  namespace_name: 'topologies',
  version: '1.0.0',
  description,
  step_templates: Object.entries(steps).map(([step, parents]) => ({
    name: step,
    handler_class: handlerName(step),
    depends_on_steps: parents,
    default_retry_limit: RETRY_LIMIT,
    retry_backoff: { kind: 'exponential', initial_delay: DELAY_SECONDS, jitter: 0 },
  })),
});
