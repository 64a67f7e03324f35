import { Injectable } from '@nestjs/common';
import { graphOf } from '../../core/graph.js';
import type { TaskTemplate } from '../../core/template.js';
import { Database } from '../database.js';
import { TemplateEntity } from '../entities/template.entity.js';

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
    const steps = stepRows(template);
    const [row] = await this.database.call<{ id: number | null; conflicting_hash: string | null }>('store_template', [
      template.namespace,
      template.name,
      template.version,
      contentHash,
      JSON.stringify(template),
      template.failureStrategy === 'stop_on_first_failure',
      template.maxDurationSeconds === null ? null : Math.round(template.maxDurationSeconds * 1000),
      JSON.stringify(steps),
      replace,
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

  /** Every handler name that a stored template uses, by its number. */
  async handlers(): Promise<Map<number, string>> {
    const rows = await this.database.dataSource.query<{ id: number; name: string }[]>(
      `select id, name from ${this.database.name('handler')}`,
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

function stepRows(template: TaskTemplate): object[] {
  const numbers = new Map(template.steps.map(({ name }, stepNo) => [name, stepNo]));
  const parents = template.steps.map(({ dependsOn }) => dependsOn.map((name) => numbers.get(name)!));
  const { children } = graphOf(parents);
  return template.steps.map((step, stepNo) => ({
    step_no: stepNo,
    name: step.name,
    handler: step.handler,
    parents: parents[stepNo],
    is_sink: children[stepNo]!.length === 0,
    retry_limit: step.retryLimit,
    timeout_ms: Math.round(step.timeoutSeconds * 1000),
    skippable: step.skippable,
  }));
}
