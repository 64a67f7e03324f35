import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { TASKER_CONFIG } from '../config/tasker-config.js';
import { TaskerError, type Finding } from '../core/errors.js';
import { IdSource } from '../core/identity.js';
import type { JsonObject } from '../core/json.js';
import { SealError } from '../core/key-ring.js';
import { didYouMean } from '../core/suggest.js';
import { DEFAULT_NAMESPACE, fullName } from '../core/template.js';
import type { KeyHolder, NewTask } from '../persistence/stores/task.store.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { CreationSpan } from '../telemetry/creation-span.js';
import { readTraceparent, writeTraceparent } from '../telemetry/traceparent.js';
import { isTraced } from '../telemetry/tracer.js';
import { quoted } from '../templates/written.js';
import { BusinessRules } from './business-rules.js';
import { invalid } from './refusals.js';
import { requestFindings, type IdentityStrategy } from './request-shape.js';
import { identityOf, type TaskIdentity } from './task-identity.js';
import { TaskInitialization, type Initialized } from './task-initialization.js';
import type { TaskRequest } from './task-request.js';

/** A request that has passed every check, and the task that it asks for. */
export interface ProvenRequest {
  entry: CatalogEntry;
  /** With the schema's defaults; not the caller's object. */
  context: JsonObject;
  task: NewTask;
  /** Null where nothing is to be stored, or this process does not trace. */
  span: CreationSpan | null;
  /** Who holds its idempotency key, where that is known already: nothing is to be stored. */
  holder: KeyHolder | null;
}

/** Proves requests before anything is written. */
@Injectable()
export class TaskIntake {
  private readonly ids = new IdSource();
  private readonly rules = new BusinessRules();

  constructor(
    private readonly catalog: TemplateCatalog,
    @Inject(TASKER_CONFIG) private readonly config: { identity: IdentityStrategy },
    private readonly vault: Vault,
    @Optional() private readonly initialization?: TaskInitialization,
  ) {}

  /**
   * @throws TaskerError `request_invalid`, `template_not_found` or `context_invalid`, each with all of its findings;
   *   `task_refused` by the template's task handler
   */
  async prove(request: TaskRequest): Promise<ProvenRequest> {
    const findings = requestFindings(request, this.config.identity);
    const names = ['request', 'namespace', 'name', 'version'];
    const entry = findings.some(({ path }) => names.includes(path)) ? null : await this.entryOf(request, findings);
    if (entry) findings.push(...unknownSteps(request.bypassSteps, entry));
    if (findings.length > 0) throw invalid('request_invalid', 'The task request is not valid', findings);
    const identity = identityOf(request, entry!.template.version, this.config.identity);
    return this.newTask(entry!, identity, await this.initialize(request, entry!, identity));
  }

  private async initialize(request: TaskRequest, entry: CatalogEntry, { key }: TaskIdentity): Promise<Initialized> {
    const initialized = await this.initialization?.initialize(request, entry, key);
    if (!initialized || initialized.request === request) return initialized ?? { request, holder: null };
    const findings = [
      ...requestFindings(initialized.request, this.config.identity),
      ...unknownSteps(initialized.request.bypassSteps, entry),
    ];
    if (findings.length === 0) return initialized;
    throw invalid('handler_invalid', `The task handler of ${fullName(entry.template)} has spoiled a request`, findings);
  }

  /** Other findings come first: null where there are some and the template is not found. */
  private async entryOf(request: TaskRequest, findings: readonly Finding[]): Promise<CatalogEntry | null> {
    const { namespace = DEFAULT_NAMESPACE, name, version } = request;
    const entry = await this.catalog.find(namespace, name, version);
    if (entry || findings.length > 0) return entry;
    throw await this.notFound(namespace, name, version);
  }

  private newTask(entry: CatalogEntry, identity: TaskIdentity, { request, holder }: Initialized): ProvenRequest {
    const { priority, tags } = entry.template;
    const { key, requestHash } = identity;
    const { context, contextJson } = holder
      ? { context: request.context, contextJson: '{}' }
      : contextOf(request.context, entry);
    if (!holder) this.checkRules(entry, context);
    const id = this.ids.next();
    const correlationId = request.correlationId ?? randomUUID();
    // W3C asks that a trace context which cannot be read be dropped, not refused
    const given = readTraceparent(request.traceparent?.trim().toLowerCase());
    const span =
      isTraced() && !holder ? CreationSpan.start({ taskId: id, correlationId, template: entry.template }, given) : null;
    const task: NewTask = {
      id,
      templateId: entry.id,
      contextJson: holder ? contextJson : this.sealed(entry, id, contextJson),
      priority: request.priority ?? priority,
      runAt: request.runAt ?? null,
      initiator: request.initiator,
      reason: request.reason,
      sourceSystem: request.sourceSystem,
      tags: [...new Set([...tags, ...(request.tags ?? [])])],
      correlationId,
      traceparent: span?.traceparent ?? (given && writeTraceparent(given)),
      idempotencyKey: key,
      requestHash,
      bypass: [...new Set(request.bypassSteps)].map((name) => entry.stepNo(name)!),
    };
    return { entry, context, task, span, holder };
  }

  private sealed(entry: CatalogEntry, id: string, contextJson: string): string {
    try {
      return this.vault.sealContext(entry, id, contextJson);
    } catch (error) {
      if (error instanceof SealError)
        throw new TaskerError('encryption_unavailable', error.message, [], { cause: error });
      throw error;
    }
  }

  private checkRules(entry: CatalogEntry, context: JsonObject): void {
    const findings = this.rules.broken(entry, context);
    if (findings.length === 0) return;
    throw invalid('context_invalid', `The context breaks rules of ${fullName(entry.template)}`, findings);
  }

  private async notFound(namespace: string, name: string, version: string | undefined): Promise<TaskerError> {
    const known = this.catalog.list().map(({ template }) => template);
    const named = known.filter((template) => template.namespace === namespace && template.name === name);
    const [highest] = named.length > 0 ? named : [(await this.catalog.find(namespace, name))?.template];
    if (version !== undefined && highest) {
      const versions = named.length > 0 ? named.map((template) => template.version) : [highest.version];
      const message = `The template ${quoted(`${namespace}.${name}`)} has no version ${quoted(version)}. It has ${versions.join(', ')}.`;
      return new TaskerError('template_not_found', message);
    }
    const elsewhere = known.find((template) => template.name === name);
    const names = known.filter((template) => template.namespace === namespace).map((template) => template.name);
    const hint = elsewhere
      ? ` The namespace ${quoted(elsewhere.namespace)} has one of that name.`
      : didYouMean(name, names) || didYouMean(namespace, new Set(known.map((template) => template.namespace)));
    return new TaskerError(
      'template_not_found',
      `There is no template ${quoted(name)} in the namespace ${quoted(namespace)}.${hint}`,
    );
  }
}

/** The context as it is stored, apart from the caller's object: what the schema lacks is filled in there. */
function contextOf(given: JsonObject, entry: CatalogEntry): { context: JsonObject; contextJson: string } {
  const contextJson = JSON.stringify(given);
  const context = JSON.parse(contextJson) as JsonObject;
  if (entry.template.schema === null) return { context, contextJson };
  const findings = entry.validate(context);
  if (findings.length === 0) return { context, contextJson: JSON.stringify(context) };
  const what = `The context does not satisfy the schema of ${fullName(entry.template)}`;
  throw invalid('context_invalid', what, findings);
}

function unknownSteps(names: unknown, entry: CatalogEntry): Finding[] {
  if (!Array.isArray(names)) return [];
  const known = entry.template.steps.map(({ name }) => name);
  return names.flatMap((name: unknown, n) =>
    typeof name !== 'string' || entry.stepNo(name) !== null
      ? []
      : [{ path: `bypassSteps[${n}]`, message: `the template has no step ${quoted(name)}.${didYouMean(name, known)}` }],
  );
}
