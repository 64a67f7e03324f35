import { Injectable, Logger } from '@nestjs/common';
import { rcompare } from 'semver';
import { TaskerError, type Finding } from '../core/errors.js';
import { ancestorsOf, graphOf, type Graph } from '../core/graph.js';
import type { JsonObject } from '../core/json.js';
import { revivedTemplate } from '../core/stored-template.js';
import { limitsOf, limitsSteps, type TemplateLimits } from '../core/template-limits.js';
import { fullName, type StepTemplate, type TaskTemplate } from '../core/template.js';
import { TemplateRegistry, type TemplateReference } from '../registry/template.registry.js';
import { compileContextSchema } from '../templates/context-schema.js';
import type { LoadedTemplate } from '../templates/load-templates.js';
import { TemplateStore } from './stores/template.store.js';

/** A stored template with what is derived from it once. */
export class CatalogEntry {
  readonly graph: Graph;
  readonly limits: TemplateLimits;
  /** Whether its steps wait to be admitted: see Admissions. */
  readonly limitsSteps: boolean;
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly ancestors: (readonly number[] | undefined)[] = [];
  private validator: ((context: JsonObject) => Finding[]) | undefined;

  constructor(
    readonly id: number,
    readonly template: TaskTemplate,
  ) {
    this.numbers = new Map(template.steps.map(({ name }, stepNo) => [name, stepNo]));
    this.graph = graphOf(template.steps.map(({ dependsOn }) => dependsOn.map((name) => this.numbers.get(name)!)));
    this.limits = limitsOf(template, this.graph);
    this.limitsSteps = limitsSteps(this.limits);
  }

  step(stepNo: number): StepTemplate {
    return this.template.steps[stepNo]!;
  }

  /** Null if the template has no step of that name. */
  stepNo(name: string): number | null {
    return this.numbers.get(name) ?? null;
  }

  /** Steps that finish before this one, in the template's order. */
  ancestorsOf(stepNo: number): readonly number[] {
    return (this.ancestors[stepNo] ??= ancestorsOf(this.graph, stepNo));
  }

  /** Every way in which a context violates the template's schema. Fills the schema's defaults into `context`. */
  validate(context: JsonObject): Finding[] {
    this.validator ??= compileContextSchema(this.template.schema);
    return this.validator(context);
  }
}

/** The templates that this process loaded, with their ids in the database, and any other that a task refers to. */
@Injectable()
export class TemplateCatalog {
  private readonly logger = new Logger('tasker.templates');
  private readonly byId = new Map<number, CatalogEntry>();
  private readonly loading = new Map<number, Promise<CatalogEntry>>();
  private readonly entries = new Map<LoadedTemplate, CatalogEntry>();

  constructor(
    private readonly store: TemplateStore,
    private readonly loaded: TemplateRegistry = new TemplateRegistry(),
  ) {}

  /**
   * Stores what was loaded and makes it available to new tasks.
   *
   * @param replace - in development, changed content takes the place of a version's old content for new tasks
   * @throws TaskerError `template_conflict` where content has changed under an existing version, unless `replace`
   */
  async publish(templates: readonly LoadedTemplate[], replace: boolean): Promise<void> {
    const conflicts: Finding[] = [];
    const stored: LoadedTemplate[] = [];
    for (const one of templates) {
      const { template, origin, contentHash } = one;
      const { id, replaced } = await this.store.store(template, contentHash, replace);
      if (id === null) {
        conflicts.push({ path: origin, message: `${fullName(template)} is stored with different content.` });
        continue;
      }
      if (replaced) this.logger.warn(`${fullName(template)} has new content (${origin}): new tasks use it.`);
      this.entries.set(one, this.keep(id, template));
      stored.push(one);
    }
    this.loaded.registerAll(stored, { replace });
    if (conflicts.length === 0) return;
    const list = conflicts.map(({ path, message }) => `${path}: ${message}`).join('\n');
    throw new TaskerError(
      'template_conflict',
      `Tasks may be running with the content that was stored first; give the changed template a new version:\n${list}`,
      conflicts,
    );
  }

  /** Templates that this process has loaded, by namespace and name, the highest version first. */
  list(): CatalogEntry[] {
    return this.loaded.list().map((one) => this.entries.get(one)!);
  }

  /** ` Did you mean "x"?` for a reference that finds nothing, or nothing where no loaded template is near. */
  suggest(reference: TemplateReference): string {
    return this.loaded.suggest(reference);
  }

  /**
   * The template that a request names: among those that this process has loaded, else among those of the database.
   *
   * @param version - the highest if not given
   */
  async find(namespace: string, name: string, version?: string): Promise<CatalogEntry | null> {
    const loaded = this.loaded.get({ namespace, name, version });
    if (loaded) return this.entries.get(loaded)!;
    const rows = await this.store.findByName(namespace, name);
    const row = rows
      .sort((a, b) => rcompare(a.version, b.version))
      .find((one) => version === undefined || one.version === version);
    return row ? this.keep(row.id, revivedTemplate(row.definition)) : null;
  }

  /** The definition that a task was created with, whatever has been loaded since. */
  get(id: number): CatalogEntry | Promise<CatalogEntry> {
    const entry = this.byId.get(id);
    if (entry) return entry;
    const pending = this.loading.get(id) ?? this.load(id).finally(() => this.loading.delete(id));
    this.loading.set(id, pending);
    return pending;
  }

  private async load(id: number): Promise<CatalogEntry> {
    const row = await this.store.findById(id);
    if (!row) throw new TaskerError('template_not_found', `No template has the id ${id}.`);
    return this.keep(row.id, revivedTemplate(row.definition));
  }

  private keep(id: number, template: TaskTemplate): CatalogEntry {
    const entry = this.byId.get(id) ?? new CatalogEntry(id, template);
    this.byId.set(id, entry);
    return entry;
  }
}
