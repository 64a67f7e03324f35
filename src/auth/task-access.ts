import { Injectable } from '@nestjs/common';
import { taskNotFound } from '../client/refusals.js';
import { TaskerError } from '../core/errors.js';
import { isUuid } from '../core/identity.js';
import { DEFAULT_NAMESPACE } from '../core/template.js';
import { TaskOriginStore } from '../persistence/stores/task-origin.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import type { Caller } from './caller.js';

const MOST_REMEMBERED = 10_000;

interface TemplateReference {
  namespace?: string;
  name: string;
  version?: string;
}

/**
 * Holds callers to the namespaces that they are limited to, and to what templates say of who may work with their tasks.
 * A task of another namespace is answered exactly as one that does not exist: ids must tell nothing to those who guess.
 */
@Injectable()
export class TaskAccess {
  /** Ids of templates by those of tasks: a task keeps its template. */
  private readonly origins = new Map<string, number>();

  constructor(
    private readonly store: TaskOriginStore,
    private readonly catalog: TemplateCatalog,
  ) {}

  /** @throws TaskerError `task_not_found`, `unauthenticated`, `forbidden`; a task that does not exist is left to others */
  async checkTask(caller: Caller, taskId: string): Promise<void> {
    const refusal = (await this.refusals(caller, [taskId])).get(taskId);
    if (refusal) throw refusal;
  }

  /** Why each of these tasks is not for this caller; those that are, or that do not exist, are missing. */
  async refusals(caller: Caller, taskIds: readonly string[]): Promise<Map<string, TaskerError>> {
    const origins = await this.originsOf(taskIds.filter(isUuid).map((id) => id.toLowerCase()));
    const refusals = new Map<string, TaskerError>();
    for (const taskId of taskIds) {
      const templateId = origins.get(taskId.toLowerCase());
      if (templateId === undefined) continue;
      const { namespace, security } = (await this.catalog.get(templateId)).template;
      const refusal = caller.knows(namespace) ? caller.refusal(security.accessControl) : taskNotFound(taskId);
      if (refusal) refusals.set(taskId, refusal);
    }
    return refusals;
  }

  /** Whether the caller may create a task of a template. @throws TaskerError `forbidden`, `unauthenticated`, `template_not_found` */
  async checkTemplate(
    caller: Caller,
    { namespace = DEFAULT_NAMESPACE, name, version }: TemplateReference,
  ): Promise<void> {
    if (!caller.knows(namespace)) {
      throw new TaskerError('forbidden', 'You are limited to other namespaces than this one.');
    }
    const entry = await this.catalog.find(namespace, name, version);
    const refusal = entry && caller.refusal(entry.template.security.accessControl);
    if (refusal) throw refusal;
    // who creates tasks is told of near names, which may be those of other namespaces
    if (entry === null && caller.namespaces !== null) {
      throw new TaskerError('template_not_found', 'There is no such template in that namespace.');
    }
  }

  private async originsOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const unknown = taskIds.filter((id) => !this.origins.has(id));
    const found = new Map(taskIds.filter((id) => this.origins.has(id)).map((id) => [id, this.origins.get(id)!]));
    if (unknown.length === 0) return found;
    for (const [id, templateId] of await this.store.read(unknown)) {
      found.set(id, templateId);
      this.origins.set(id, templateId);
      if (this.origins.size > MOST_REMEMBERED) this.origins.delete(this.origins.keys().next().value!);
    }
    return found;
  }
}
