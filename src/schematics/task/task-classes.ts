import type { PlannedTask } from './planned-task.js';
import type { PlannedStep } from './step-list.js';

export const contextType = ({ fullName, templateFile }: PlannedTask): string => `\
/** What the task is created with, as the schema in ${templateFile} has it. */
export interface ${fullName.pascal}Context {
  id: string;
}
`;

export function stepHandlerClass(task: PlannedTask, { name, parents }: PlannedStep): string {
  const context = `${task.fullName.pascal}Context`;
  const file = task.stepFile(name);
  const contextImport = `import type { ${context} } from '${task.element.specifier(file, task.contextFile)}';`;
  const parentImports = parents.map(
    (parent) => `import type { ${parent.pascal}Result } from '${task.element.specifier(file, task.stepFile(parent))}';`,
  );
  const results = parents.map(
    ({ camel, pascal, snake }) => `    const ${camel}Result = sequence.results<${pascal}Result>('${snake}');\n`,
  );
  return `\
import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
${[contextImport, ...parentImports].join('\n')}

/** What the step "${name.snake}" leaves to those that depend on it. */
export interface ${name.pascal}Result {
  id: string;
${parents.length > 0 ? '  /** Ids that the steps before it left. */\n  from: string[];\n' : ''}}

@StepHandler('${task.handlerName(name)}')
export class ${task.handlerClass(name)} extends StepHandlerBase<${context}, ${name.pascal}Result> {
  process({ task${parents.length > 0 ? ', sequence' : ''} }: StepContext<${context}>): ${name.pascal}Result {
${results.join('')}    return { id: task.context.id${parents.length > 0 ? `, from: [${parents.map(({ camel }) => `${camel}Result.id`).join(', ')}]` : ''} };
  }
}
`;
}

export function taskHandlerClass({ name, namespace, isInDefault, fullName }: PlannedTask): string {
  const inNamespace = isInDefault ? '' : `, namespace: '${namespace}'`;
  return `\
import { Logger } from '@nestjs/common';
import { TaskHandler, type TaskHandlerContract, type TaskView } from 'nest-tasker';

/** What belongs to the tasks of "${name.snake}" as a whole. Hooks are called after the commit; what they throw is logged. */
@TaskHandler({ name: '${name.snake}'${inNamespace} })
export class ${fullName.pascal}TaskHandler implements TaskHandlerContract {
  private readonly logger = new Logger(${fullName.pascal}TaskHandler.name);

  onComplete({ fullName, taskId }: TaskView): void {
    this.logger.log(\`\${fullName} \${taskId} is complete\`);
  }

  onError({ fullName, taskId }: TaskView): void {
    this.logger.warn(\`\${fullName} \${taskId} is in error\`);
  }
}
`;
}

export function moduleClass(task: PlannedTask): string {
  const handlers = task.steps.map(({ name }) => ({ className: task.handlerClass(name), file: task.stepFile(name) }));
  if (task.hasHandler) handlers.push({ className: `${task.fullName.pascal}TaskHandler`, file: task.handlerFile });
  const imports = handlers.map(
    ({ className, file }) => `import { ${className} } from '${task.element.specifier(task.moduleFile, file)}';`,
  );
  return `\
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
${imports.join('\n')}

/** The task "${task.name.snake}": its template and its handlers. */
@Module({
  imports: [TaskerModule.forFeature({ templates: ['${task.templateFile}'] })],
  providers: [
${handlers.map(({ className }) => `    ${className},\n`).join('')}  ],
})
export class ${task.fullName.pascal}Module {}
`;
}
