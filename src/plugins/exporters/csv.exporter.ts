import type { Json } from '../../core/json.js';
import type { MetricSample } from '../../metrics/metric-sample.js';
import type { ExportData, Exporter } from '../exporter.js';

type Row = Readonly<Record<string, Json>>;

/** As RFC 4180: a line of names, then one for each task or sample. What is not a scalar is written as JSON. */
export class CsvExporter implements Exporter {
  readonly format = 'csv';
  readonly contentType = 'text/csv; charset=utf-8; header=present';

  export(data: ExportData): string {
    const rows: readonly Row[] = data.what === 'tasks' ? data.tasks : data.metrics.map(metricRow);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
    return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
  }
}

const metricRow = ({ name, type, labels, value }: MetricSample): Row => ({ name, type, labels: { ...labels }, value });

function cell(value: Json): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
