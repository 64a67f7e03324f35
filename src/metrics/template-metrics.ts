import { Injectable, Logger } from '@nestjs/common';
import { PermanentError } from '../core/errors.js';
import { isPlainObject } from '../core/json.js';
import { masked } from '../core/masking.js';
import { didYouMean } from '../core/suggest.js';
import { fullName, type TaskTemplate } from '../core/template.js';
import type { MetricDefinition } from '../core/template-policies.js';
import type { Family, FamilyDefinition } from './family.js';
import { Instruments } from './instruments.js';
import type { MetricLabels } from './metric-sample.js';

/** Where a template gives no buckets: its values may be milliseconds, or amounts of money. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000];
/** More than this of one attempt is a loop gone wild. */
const MOST_OF_ATTEMPT = 1_000;
const MOST_LABELS = 5;
const LONGEST_LABEL = 128;
const LABEL_NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;
/** They say where a figure is from, or are Prometheus' own. */
const TAKEN_LABELS = ['namespace', 'template', 'le', 'quantile'];

/** A value that is as its template declares it. */
export interface ProvenMetric {
  definition: MetricDefinition;
  value: number;
  labels: MetricLabels;
}

/** What templates declare in `monitoring.metrics`: `tasker_template_<name>`, filled by handlers and from their results. */
@Injectable()
export class TemplateMetrics {
  private readonly logger = new Logger('tasker.metrics');
  private readonly warned = new WeakMap<MetricDefinition, true>();

  private listener: ((template: TaskTemplate, metric: string, value: number) => void) | null = null;

  constructor(private readonly instruments: Instruments) {}

  /** Tells of every value that is recorded, whatever its labels. */
  onRecord(listener: (template: TaskTemplate, metric: string, value: number) => void): void {
    this.listener = listener;
  }

  /**
   * Takes what a handler wants to record, to be recorded with the outcome of its attempt.
   *
   * @throws PermanentError `METRIC_UNDECLARED`, `METRIC_INVALID` or `TOO_MANY_METRICS`
   */
  measure(measured: ProvenMetric[], template: TaskTemplate, name: unknown, value: unknown, labels: unknown = {}): void {
    const proven = this.prove(template, name, value, labels);
    if (measured.length >= MOST_OF_ATTEMPT) {
      throw failure('TOO_MANY_METRICS', `An attempt records ${MOST_OF_ATTEMPT} values of metrics at most.`);
    }
    measured.push(proven);
  }

  /** What handlers have recorded, once the outcome of their attempt is committed. */
  record(template: TaskTemplate, proven: readonly ProvenMetric[]): void {
    const { namespace, name } = template;
    for (const { definition, value, labels } of proven) {
      this.listener?.(template, definition.name, value);
      const family = this.familyOf(definition);
      const all = { ...labels, namespace, template: name };
      if (family.type === 'counter') family.with(all).add(value);
      else if (family.type === 'gauge') family.with(all).set(value);
      else family.with(all, definition.buckets ?? DEFAULT_BUCKETS).record(value);
    }
  }

  /** Records the fields of a step's result that have the names of metrics. */
  fill(template: TaskTemplate, step: string, result: unknown): void {
    const { metrics } = template.monitoring;
    if (metrics.length === 0 || !isPlainObject(result)) return;
    for (const definition of metrics) {
      if (!Object.hasOwn(result, definition.name)) continue;
      const value = result[definition.name];
      const problem = problemOf(definition, value);
      if (problem) this.warn(definition, `The result of step "${step}" of ${fullName(template)}: ${problem}`);
      else this.record(template, [{ definition, value: value as number, labels: {} }]);
    }
  }

  private prove(template: TaskTemplate, name: unknown, value: unknown, labels: unknown): ProvenMetric {
    const declared = template.monitoring.metrics;
    const definition = declared.find((metric) => metric.name === name);
    if (!definition) {
      const names = declared.map((metric) => metric.name);
      const said = JSON.stringify(String(name).slice(0, 255));
      throw failure(
        'METRIC_UNDECLARED',
        `The metric ${said} is not declared by ${fullName(template)}.${didYouMean(String(name), names)}` +
          ` Declare it in monitoring.metrics.`,
      );
    }
    const problem = problemOf(definition, value) ?? problemOfLabels(labels);
    if (problem) throw failure('METRIC_INVALID', `The metric "${definition.name}" ${problem}.`);
    return { definition, value: value as number, labels: shown(template, labels as object) };
  }

  /** Templates may mean different things by one name: the second kind gets a name that says so. */
  private familyOf(metric: MetricDefinition): Family {
    const { type } = metric;
    const name = `tasker_template_${type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name}`;
    const known = this.instruments.find(name);
    return this.make(metric, known === undefined || known.type === type ? name : `${name}_${type}`);
  }

  private make({ type, description, name: declared }: MetricDefinition, name: string): Family {
    const help = description ?? `${declared}, as templates declare it`;
    const unit = name.endsWith('_seconds') ? ('seconds' as const) : null;
    const definition: FamilyDefinition = { name, help, unit, labels: ['namespace', 'template'] };
    if (type === 'counter') return this.instruments.counter(definition);
    if (type === 'gauge') return this.instruments.gauge(definition);
    return this.instruments.histogram({ ...definition, buckets: DEFAULT_BUCKETS });
  }

  /** The step has completed by now: what it returned is none the worse for it. */
  private warn(definition: MetricDefinition, message: string): void {
    if (this.warned.has(definition)) return;
    this.warned.set(definition, true);
    this.logger.warn(`${message}. The metric "${definition.name}" is not recorded; this is said once.`);
  }
}

function problemOf({ name, type }: MetricDefinition, value: unknown): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return `must be given a number as "${name}", not ${typeof value === 'number' ? String(value) : typeOf(value)}`;
  }
  return type === 'counter' && value < 0 ? `only grows, being a counter: ${value} is below 0` : null;
}

function problemOfLabels(labels: unknown): string | null {
  if (!isPlainObject(labels)) return `takes labels as an object, not ${typeOf(labels)}`;
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) return `takes ${MOST_LABELS} labels at most, not ${entries.length}`;
  for (const [label, value] of entries) {
    const said = JSON.stringify(label.slice(0, LONGEST_LABEL));
    if (!LABEL_NAME.test(label)) return `has a label ${said}: letters, digits and _ that begin with a letter`;
    if (TAKEN_LABELS.includes(label)) return `has a label ${said}, which Tasker sets itself`;
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      return `has a label ${said} that is ${typeOf(value)}: give it a text, a number or a boolean`;
    }
    if (String(value).length > LONGEST_LABEL) return `has a label ${said} of more than ${LONGEST_LABEL} characters`;
  }
  return null;
}

/** Values of fields that the template hides are hidden here too. */
const shown = ({ security }: TaskTemplate, labels: object): MetricLabels =>
  masked(
    Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)])),
    security.maskedFields,
  );

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const failure = (errorCode: string, message: string): PermanentError =>
  new PermanentError(message, { errorCode, errorCategory: 'validation' });
