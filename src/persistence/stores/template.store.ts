import { Injectable } from '@nestjs/common';
import { graphOf, type Graph } from '../../core/graph.js';
import { storedTemplate } from '../../core/stored-template.js';
import { hasLimits, limitsOf } from '../../core/template-limits.js';
import type { TaskTemplate } from '../../core/template.js';
import { Database } from '../database.js';
import { TemplateEntity } from '../entities/template.entity.js';

/** What steps need done, by the number that the database has for it. */
export interface HandlerRow {
  id: number;
  name: string;
  /** Empty for none. */
  dependentSystem: string;
  /** Whether these steps wait for circuits. */
  breaker: boolean;
  /** The circuit that they wait for, as a worker has said; null for none. */
  circuit: string | null;
}

/** Templates as the database knows them: every content of every version that was ever loaded. */
@Injectable()
export class TemplateStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores a template unless its content is there.
   *
   * @param replace - whether other content may take the version's place for new tasks
   * @returns its id, null if other content holds the version; and whether other content was replaced
   */
  async store(
    template: TaskTemplate,
    contentHash: string,
    replace: boolean,
  ): Promise<{ id: number | null; replaced: boolean }> {
    const graph = graphOfSteps(template);
    const [row] = await this.database.call<{ id: number | null; conflicting_hash: string | null }>('store_template', [
      template.namespace,
      template.name,
      template.version,
      contentHash,
      JSON.stringify(storedTemplate(template)),
      template.failureStrategy === 'stop_on_first_failure',
      template.maxDurationSeconds === null ? null : Math.round(template.maxDurationSeconds * 1000),
      JSON.stringify(stepRows(template, graph)),
      replace,
      limitsRow(template, graph),
    ]);
    return { id: row!.id, replaced: row!.conflicting_hash !== null };
  }

  findById(id: number): Promise<TemplateEntity | null> {
    return this.database.dataSource.manager.findOneBy(TemplateEntity, { id });
  }

  /** The newest content of every version of a name. */
  findByName(namespace: string, name: string): Promise<TemplateEntity[]> {
    return this.database.dataSource.manager
      .createQueryBuilder(TemplateEntity, 'template')
      .distinctOn(['template.version'])
      .where({ namespace, name })
      .orderBy('template.version')
      .addOrderBy('template.id', 'DESC')
      .getMany();
  }

  /** Every handler that a stored template names, once for each system that steps of it depend on. */
  async handlers(): Promise<HandlerRow[]> {
    return this.database.dataSource.query<HandlerRow[]>(
      `select id, name, dependent_system as "dependentSystem", breaker, circuit from ${this.database.name('handler')}`,
    );
  }
}

function graphOfSteps({ steps }: TaskTemplate): Graph {
  const numbers = new Map(steps.map(({ name }, stepNo) => [name, stepNo]));
  return graphOf(steps.map(({ dependsOn }) => dependsOn.map((name) => numbers.get(name)!)));
}

function limitsRow(template: TaskTemplate, graph: Graph): string | null {
  const limits = limitsOf(template, graph);
  if (!hasLimits(limits)) return null;
  const { maxTasks, maxSteps, maxTaskSteps, queueSize } = limits;
  return JSON.stringify({
    max_tasks: maxTasks,
    max_steps: maxSteps,
    max_task_steps: maxTaskSteps,
    queue_size: queueSize,
  });
}

function stepRows(template: TaskTemplate, { parents, children }: Graph): object[] {
  return template.steps.map((step, stepNo) => ({
    step_no: stepNo,
    name: step.name,
    handler: step.handler,
    dependent_system: step.dependentSystem,
    breaker: step.circuitBreaker.enabled,
    parents: parents[stepNo],
    is_sink: children[stepNo]!.length === 0,
    retry_limit: step.retryLimit,
    timeout_ms: Math.round(step.timeoutSeconds * 1000),
    skippable: step.skippable,
  }));
}
