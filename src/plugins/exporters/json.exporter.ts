import type { ExportData, Exporter } from '../exporter.js';

/** One object: when it was exported, and the tasks or metrics. */
export class JsonExporter implements Exporter {
  readonly format = 'json';
  readonly contentType = 'application/json';

  export({ exportedAt, ...data }: ExportData): string {
    const { what, ...records } = data;
    return `${JSON.stringify({ exported_at: exportedAt, what, ...records }, null, 2)}\n`;
  }
}
