import type { TemplateDefinition } from '../core/template-definition.js';

/** What a module of the host's brings along; found by its class wherever it is provided. */
export class TaskerFeature {
  constructor(readonly templates: readonly (string | TemplateDefinition)[]) {}
}
