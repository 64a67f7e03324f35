import { CONTENT_TYPES, expose } from '../../metrics/exposition.js';
import type { ExportData, Exporter } from '../exporter.js';

/** The text format that Prometheus scrapes from `GET /tasker/metrics`, and that its node exporter reads from files. */
export class PrometheusExporter implements Exporter {
  readonly format = 'prometheus';
  readonly contentType = CONTENT_TYPES.prometheus;
  readonly kinds = ['metrics'] as const;

  export(data: ExportData): string {
    return expose(data.what === 'metrics' ? data.metrics : [], this.format);
  }
}
