import type { BackoffPolicy } from '../../core/backoff.js';
import { levelsOf } from '../../core/graph.js';
import { fullName } from '../../core/template.js';
import type { CatalogEntry } from '../../persistence/template-catalog.js';
import type {
  DependencyGraphResource,
  HandlerResource,
  HandlerSummaryResource,
  NamespaceResource,
  RetryBackoffResource,
  StepTemplateResource,
} from './handler.resource.js';

/** Templates by namespace; `entries` come as the catalog lists them, the highest version of a name first. */
export function namespacesOf(entries: readonly CatalogEntry[]): NamespaceResource[] {
  const namespaces = grouped(entries, ({ template }) => template.namespace);
  return [...namespaces]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, members]) => {
      const handlers = [...grouped(members, ({ template }) => template.name).values()].map(summaryOf);
      return { namespace, total_handlers: handlers.length, handlers };
    });
}

/** @param versions - all entries of the template's name, the highest first */
export function handlerOf(entry: CatalogEntry, versions: readonly CatalogEntry[]): HandlerResource {
  const { template } = entry;
  const levels = levelsOf(entry.graph)!;
  return {
    ...summaryOf(versions),
    version: template.version,
    full_name: fullName(template),
    description: template.description,
    schema: template.schema,
    failure_strategy: template.failureStrategy,
    max_duration_seconds: template.maxDurationSeconds,
    steps: template.steps.map((_, stepNo) => stepOf(entry, stepNo, levels[stepNo]!)),
    dependency_graph: graphOf(entry, levels),
  };
}

function summaryOf(versions: readonly CatalogEntry[]): HandlerSummaryResource {
  const { namespace, name, version, description } = versions[0]!.template;
  return {
    namespace,
    name,
    versions: versions.map(({ template }) => template.version).reverse(),
    latest_version: version,
    description,
  };
}

function stepOf(entry: CatalogEntry, stepNo: number, level: number): StepTemplateResource {
  const step = entry.step(stepNo);
  return {
    name: step.name,
    description: step.description,
    handler_class: step.handler,
    depends_on_steps: step.dependsOn,
    dependents: entry.graph.children[stepNo]!.map((child) => entry.step(child).name),
    level,
    handler_config: step.config,
    dependent_system: step.dependentSystem,
    retryable: step.retryable,
    retry_limit: step.retryLimit,
    timeout_seconds: step.timeoutSeconds,
    retry_backoff: backoffOf(step.backoff),
    skippable: step.skippable,
  };
}

const backoffOf = ({ kind, baseMs, capMs, multiplier, jitter }: BackoffPolicy): RetryBackoffResource => ({
  kind,
  initial_delay: baseMs / 1000,
  max_delay: capMs / 1000,
  multiplier,
  jitter,
});

function graphOf({ template: { steps } }: CatalogEntry, levelOf: readonly number[]): DependencyGraphResource {
  const levels: string[][] = [];
  steps.forEach(({ name }, stepNo) => (levels[levelOf[stepNo]!] ??= []).push(name));
  return {
    nodes: steps.map(({ name }) => name),
    edges: steps.flatMap(({ name, dependsOn }) => dependsOn.map((parent) => ({ from: parent, to: name }))),
    levels,
  };
}

function grouped(entries: readonly CatalogEntry[], by: (entry: CatalogEntry) => string): Map<string, CatalogEntry[]> {
  const groups = new Map<string, CatalogEntry[]>();
  for (const entry of entries) {
    const group = groups.get(by(entry));
    if (group) group.push(entry);
    else groups.set(by(entry), [entry]);
  }
  return groups;
}
