import type { Json } from '../core/json.js';
import type { MetricSample } from '../metrics/metric-sample.js';

export const EXPORT_KINDS = ['tasks', 'metrics'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** A task as it is exported: the fields that HTTP answers, under the same names. */
export type TaskRecord = Record<string, Json>;

/** What an exporter is given. */
export type ExportData =
  | {
      what: 'tasks';
      /** ISO 8601. */
      exportedAt: string;
      tasks: readonly TaskRecord[];
    }
  | { what: 'metrics'; exportedAt: string; metrics: readonly MetricSample[] };

/** Writes tasks or metrics in one format. Register it with `PluginRegistry`. */
export interface Exporter {
  /** By which it is asked for: lower-case letters, digits and `_ - .`. */
  readonly format: string;
  /** Media type of what it writes. */
  readonly contentType: string;
  /** What it can write. @default tasks and metrics */
  readonly kinds?: readonly ExportKind[];
  export(data: ExportData): string | Buffer | Promise<string | Buffer>;
}
