import type { ElementOptions } from '../element.js';
import type { Generator } from '../generation.js';
import { GenerationError } from '../generation-error.js';
import type { Name } from '../name.js';
import { apiHandler, apiHandlerSpec } from './api-handler.js';
import { plainHandler, plainHandlerSpec } from './plain-handler.js';

export interface StepHandlerOptions extends ElementOptions {
  /** @default 'plain' */
  type?: 'plain' | 'api';
  /** The external system that it talks to. */
  dependentSystem?: string;
}

/** A handler class, its spec, and an entry in the providers of the nearest module. */
export const stepHandler: Generator<StepHandlerOptions> = {
  blueprint(element, { type = 'plain', dependentSystem, spec = true }) {
    const { name } = element;
    const stem = `${name.dashed}.step-handler`;
    const file = element.file(stem);
    const specFile = element.spec(stem);
    const [handlerText, specText] = type === 'api' ? [apiHandler, apiHandlerSpec] : [plainHandler, plainHandlerSpec];
    const files = [{ path: file, text: handlerText(name, decorator(name, dependentSystem)) }];
    if (spec) files.push({ path: specFile, text: specText(name, element.specifier(specFile, file)) });
    return { files, declared: { className: `${name.pascal}StepHandler`, list: 'providers', file } };
  },
};

const decorator = ({ snake }: Name, dependentSystem: string | undefined): string =>
  dependentSystem === undefined
    ? `@StepHandler('${snake}')`
    : `@StepHandler({ name: '${snake}', dependentSystem: ${literal(dependentSystem)} })`;

/** @throws GenerationError for a text that would name no system */
function literal(text: string): string {
  if (text.trim() === '') throw new GenerationError('The dependent system is empty: name it, or leave the option out.');
  return `'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(/\s+/g, ' ').trim()}'`;
}
