import { Injectable } from '@nestjs/common';
import { parse } from 'semver';
import { TaskerError, type Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { DEFAULT_NAMESPACE, DEFAULT_VERSION, type TaskTemplate } from '../core/template.js';
import { classNameOf } from './interface-contract.js';
import { Registries } from './registries.js';
import { Registry } from './registry.js';
import type {
  Clash,
  RegisterOptions,
  RegistryChange,
  RegistryHealth,
  RegistryKind,
  RegistryStats,
} from './registry-kind.js';
import {
  TASK_HANDLER,
  TASK_HANDLER_METHODS,
  type AnyTaskHandler,
  type TaskHandlerOptions,
} from './task-handler.decorator.js';
import { versionKey } from './version-index.js';

/** A task handler and the template that it belongs to. */
export interface RegisteredTaskHandler {
  readonly namespace: string;
  readonly name: string;
  /** Null for every version. */
  readonly version: string | null;
  readonly className: string;
  readonly handler: AnyTaskHandler;
}

const KIND: RegistryKind<RegisteredTaskHandler> = {
  name: 'task_handlers',
  entityType: 'task_handler',
  category: 'handler',
  contract: {
    what: 'Handler',
    required: [],
    oneOf: TASK_HANDLER_METHODS,
    implementation: ({ handler }) => handler,
    suggestion: () => 'Add defineSteps() for a template in code, or one of the hooks.',
  },
  entityId: (_key, { namespace, name, version }) => `${namespace}/${name}/${version ?? ANY_VERSION}`,
  entityClass: ({ className }) => className,
  optionsOf: ({ namespace, version }) => ({ namespace_name: namespace, version: version ?? ANY_VERSION }),
  // a provider of two modules is found twice
  relation: ({ handler: known }, { handler }) =>
    known.constructor === handler.constructor && known.constructor !== Object ? 'successor' : 'rival',
  conflict,
};

const ANY_VERSION = '*';
const OPTIONS = ['name', 'namespace', 'version'] as const satisfies (keyof TaskHandlerOptions)[];

/** The task handlers of this process, by the template that they belong to. */
@Injectable()
export class TaskHandlerRegistry {
  private readonly registry: Registry<RegisteredTaskHandler>;

  constructor(registries?: Registries) {
    this.registry = registries?.create(KIND) ?? new Registry(KIND);
  }

  /**
   * Registers a task handler, at any time: its hooks are called from then on. A template that it defines is loaded when
   * the application starts.
   *
   * @param template - that it belongs to. @default what its `@TaskHandler` says
   * @throws TaskerError `handler_conflict` where another one belongs to it; ValidationError where it does nothing
   */
  register(handler: AnyTaskHandler, template?: TaskHandlerOptions, options: RegisterOptions = {}): void {
    this.registerAll([{ handler, template }], options);
  }

  /** Registers all or, where one is refused, none. */
  registerAll(
    handlers: readonly { handler: AnyTaskHandler; template?: TaskHandlerOptions | undefined }[],
    options: RegisterOptions = {},
  ): void {
    const findings: Finding[] = [];
    const entries = handlers.map(({ handler, template }) => registeredOf(handler, template, findings));
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('handler_invalid', `Task handlers are not valid:\n${list}`, findings);
    }
    this.registry.registerAll(
      entries.map((entry) => ({ key: keyOf(entry), entry })),
      options,
    );
  }

  /** @param version - null for the one of every version. @returns whether there was one */
  unregister({ namespace = DEFAULT_NAMESPACE, name, version }: TaskHandlerOptions): boolean {
    return this.registry.unregister(versionKey({ namespace, name, version: version ?? ANY_VERSION }));
  }

  /** The one whose class the template names; else that of its version, else that of every version. */
  find({ namespace, name, version, taskHandlerClass }: TemplateNames): AnyTaskHandler | undefined {
    if (this.registry.snapshot().size === 0) return undefined;
    const named =
      taskHandlerClass === null
        ? undefined
        : this.list().find((each) => each.className === taskHandlerClass || each.name === taskHandlerClass);
    const own = [version, ANY_VERSION].map((each) => this.registry.get(versionKey({ namespace, name, version: each })));
    return (named ?? own[0] ?? own[1])?.handler;
  }

  /** Whether a template may name it: by its class, or by its name. */
  has(key: string): boolean {
    return this.list().some(({ className, name }) => key === className || key === name);
  }

  names(): string[] {
    return [...new Set(this.list().flatMap(({ className, name }) => [className, name]))];
  }

  list(): RegisteredTaskHandler[] {
    return this.registry.list();
  }

  stats(): RegistryStats {
    return this.registry.stats();
  }

  healthCheck(): RegistryHealth {
    return this.registry.healthCheck();
  }

  /** Tells of every change once it can be seen. @returns stops the telling */
  onChange(listener: (change: RegistryChange) => void): () => void {
    return this.registry.onChange(listener);
  }
}

type TemplateNames = Pick<TaskTemplate, 'namespace' | 'name' | 'version' | 'taskHandlerClass'>;

/** What the class is decorated with; undefined where it is not. */
export const taskHandlerOptions = (type: unknown): TaskHandlerOptions | undefined =>
  typeof type === 'function' ? (Reflect.getMetadata(TASK_HANDLER, type) as TaskHandlerOptions | undefined) : undefined;

function registeredOf(
  handler: AnyTaskHandler,
  template: TaskHandlerOptions | undefined,
  findings: Finding[],
): RegisteredTaskHandler {
  const options: Partial<TaskHandlerOptions> =
    template ?? taskHandlerOptions((handler as object | null | undefined)?.constructor) ?? {};
  const className = classNameOf(handler);
  const report = (message: string): unknown => findings.push({ path: `@TaskHandler of ${className}`, message });
  const { name, namespace = DEFAULT_NAMESPACE, version } = options;
  for (const key of Object.keys(options)) {
    if (!(OPTIONS as readonly string[]).includes(key)) report(`has no option "${key}".${didYouMean(key, OPTIONS)}`);
  }
  if (typeof name !== 'string' || name.trim() === '') report('needs the name of the template that it belongs to.');
  if (typeof namespace !== 'string' || namespace.trim() === '') report('namespace must be a text that is not empty.');
  if (version !== undefined && (!/^\d/.test(version) || parse(version) === null))
    report('version must be a full semantic version such as 1.0.0.');
  const ownVersion = typeof handler?.defineSteps === 'function' ? DEFAULT_VERSION : null;
  return { namespace, name: name!, version: version ?? ownVersion, className, handler };
}

const keyOf = ({ namespace, name, version }: RegisteredTaskHandler): string =>
  versionKey({ namespace, name, version: version ?? ANY_VERSION });

function conflict({ known, entry }: Clash<RegisteredTaskHandler>): TaskerError {
  const { namespace, name, version } = entry;
  return new TaskerError(
    'handler_conflict',
    `Two task handlers belong to ${namespace}.${name}@${version ?? ANY_VERSION}: ${known.className} and ${entry.className}. ` +
      `Give one of them another version, or register it with { replace: true }.`,
  );
}
