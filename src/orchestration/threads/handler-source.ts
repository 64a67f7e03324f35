import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TaskerError } from '../../core/errors.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import { contentOf, type HandlerContent } from './handler-content.js';
import type { HandlerSource } from './thread-messages.js';

const LOADABLE = ['.js', '.cjs', '.mjs'];

/** A handler as threads are to load it, and what it is made of here. */
export interface IsolatedHandler {
  source: HandlerSource;
  content: HandlerContent;
}

/** @throws TaskerError `handler_invalid` where a thread could not load the handler, saying how to mend it */
export function isolatedHandler(registered: RegisteredStepHandler): IsolatedHandler {
  const { name, handler, configSchema } = registered;
  const type = handler.constructor as StepHandlerType;
  const refuse = (why: string): TaskerError =>
    new TaskerError('handler_invalid', `The step handler "${name}" (${type.name}) cannot run in a thread: ${why}`);
  if ((type as unknown) === Object) throw refuse('it is an object without a class. Write a class, and export it.');
  if (type.length > 0 && typeof type.createInThread !== 'function') {
    throw refuse(
      `its constructor takes ${type.length} parameters, and there is no Nest container in a thread. ` +
        `Take none, or give the class a static createInThread() that makes its instance there.`,
    );
  }
  const module = registered.module ? pathOf(registered.module) : loadedModuleOf(type);
  if (module === null) {
    throw refuse(`no loaded module exports it. Export it, or write module: __filename in its @StepHandler.`);
  }
  if (!existsSync(module)) throw refuse(`its module ${module} does not exist.`);
  if (!LOADABLE.includes(extname(module))) {
    throw refuse(`its module ${module} is not JavaScript (${LOADABLE.join(', ')}). Give the compiled file.`);
  }
  const source: HandlerSource = { name, className: type.name, module };
  return { source, content: contentOf(type, module, configSchema?.schema ?? null) };
}

interface StepHandlerType {
  name: string;
  length: number;
  createInThread?: unknown;
  (): void;
}

const pathOf = (module: string): string => (module.startsWith('file:') ? fileURLToPath(module) : module);

/**
 * The module, among those that this process has required, that exports the class. One that passes on what another
 * exports does so by a getter, and is required before it.
 */
function loadedModuleOf(type: StepHandlerType): string | null {
  let passedOn: string | null = null;
  for (const module of Object.values(require.cache)) {
    if (!module) continue;
    const exported = module.exports as object | null | undefined;
    if (exported === type) return module.filename;
    if (typeof exported !== 'object' || exported === null) continue;
    if (Object.values(Object.getOwnPropertyDescriptors(exported)).some(({ value }) => value === type)) {
      return module.filename;
    }
    if ((exported as Record<string, unknown>)[type.name] === type) passedOn = module.filename;
  }
  return passedOn;
}
