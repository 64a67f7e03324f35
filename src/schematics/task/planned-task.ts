import { posix } from 'node:path';
import { DEFAULT_NAMESPACE } from '../../core/template.js';
import type { Element } from '../element.js';
import { joined, nameOf, type Name } from '../name.js';
import { stepsIn, type PlannedStep } from './step-list.js';

const SCHEMA = 'node_modules/nest-tasker/schemas/task-template.schema.json';

/** A task to be: its names, and where its files go. */
export class PlannedTask {
  readonly namespace: string;
  readonly steps: PlannedStep[];
  /** Its name, with the namespace before it where it has one: so that two namespaces may have tasks of the same name. */
  readonly fullName: Name;
  /** With a class for its hooks. */
  readonly hasHandler: boolean;

  constructor(
    readonly element: Element,
    {
      namespace = DEFAULT_NAMESPACE,
      steps,
      hasHandler = false,
    }: { namespace?: string; steps: string; hasHandler?: boolean },
  ) {
    this.hasHandler = hasHandler;
    this.namespace = namespace;
    this.steps = stepsIn(steps);
    this.fullName = this.isInDefault ? this.name : joined(nameOf(namespace, 'The namespace'), this.name);
  }

  get name(): Name {
    return this.element.name;
  }

  get isInDefault(): boolean {
    return this.namespace === DEFAULT_NAMESPACE;
  }

  get templateFile(): string {
    return posix.join('config/tasker/tasks', this.namespace, `${this.name.snake}.yaml`);
  }

  /** The published schema of templates, from the template's own folder. */
  get schemaPath(): string {
    return posix.relative(posix.dirname(this.templateFile), SCHEMA);
  }

  get contextFile(): string {
    return this.element.file(`${this.name.dashed}-context`);
  }

  get moduleFile(): string {
    return this.element.file(`${this.name.dashed}.module`);
  }

  get handlerFile(): string {
    return this.element.file(`${this.name.dashed}.task-handler`);
  }

  get specFile(): string {
    return this.element.spec(`${this.name.dashed}.task`);
  }

  stepFile({ dashed }: Name): string {
    return this.element.file(`step-handlers/${dashed}.step-handler`);
  }

  /** What the template calls the handler of a step. */
  handlerName({ snake }: Name): string {
    return [...(this.isInDefault ? [] : [this.namespace]), this.name.snake, snake].join('.');
  }

  handlerClass({ pascal }: Name): string {
    return `${this.fullName.pascal}${pascal}StepHandler`;
  }
}
