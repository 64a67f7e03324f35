import { resolve } from 'node:path';
import { loadTemplates } from '../../index.js';
import { EXIT_CODE } from '../exit-code.js';
import { print, printJson } from '../terminal/output.js';
import { templateDiagram } from './template-diagram.js';
import { templateDetails, templateSummary } from './template-details.js';
import { templateReport, templateTable } from './template-report.js';
import { readTemplate, readTemplates, type TemplateOptions } from './template-source.js';

export interface ReadingOptions extends TemplateOptions {
  json?: boolean;
}

/** Says every finding; any makes the exit code 1. */
export function validate(files: readonly string[], { environment, json }: ReadingOptions): void {
  const sources = files.map((file) => resolve(file));
  const { templates, findings } = loadTemplates(sources, { environment, env: process.env });
  if (findings.length > 0) process.exitCode = EXIT_CODE.failed;
  if (json) return printJson({ valid: findings.length === 0, template_count: templates.length, findings });
  for (const { path, message } of findings) print(`${path}: ${message}\n`);
  if (findings.length === 0) print(`${templates.length} templates are valid\n`);
}

export function list(files: readonly string[], { json, ...options }: ReadingOptions): void {
  const templates = readTemplates(files, options);
  if (json) return printJson({ templates: templates.map(templateSummary) });
  print(templates.length > 0 ? templateTable(templates) : 'There are no templates where they were looked for\n');
}

export function show(name: string, files: readonly string[], { json, ...options }: ReadingOptions): void {
  const template = readTemplate(name, files, options);
  if (json) printJson(templateDetails(template));
  else print(templateReport(template));
}

export function diagram(name: string, files: readonly string[], options: TemplateOptions): void {
  print(templateDiagram(readTemplate(name, files, options).template));
}
