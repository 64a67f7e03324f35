import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';

/** A dashboard as it is shown. */
export interface Dashboard {
  dashboard_id: string;
  /** Counts its updates. */
  version: number;
  updated_at: string;
  url: string;
  content: unknown;
}

/** Shows dashboards: `PUT /dashboards/<id>` replaces what one shows, once per idempotency key. */
@Injectable()
export class DashboardService extends LocalService {
  readonly dashboards = new Map<string, Dashboard>();

  protected readonly routes: Routes = {
    'PUT /dashboards/:id': (request) =>
      this.once(request, () => {
        const id = request.params.id!;
        const shown = {
          dashboard_id: id,
          version: (this.dashboards.get(id)?.version ?? 0) + 1,
          updated_at: new Date().toISOString(),
          url: `${this.url}/dashboards/${id}`,
        };
        this.dashboards.set(id, { ...shown, content: request.body });
        return { status: 200, body: shown };
      }),
    'GET /dashboards/:id': ({ params }) => {
      const dashboard = this.dashboards.get(params.id!);
      return dashboard ? { status: 200, body: dashboard } : { status: 404, body: { code: 'not_found' } };
    },
  };

  constructor() {
    super('analytics_dashboard');
  }

  protected clear(): void {
    this.dashboards.clear();
  }
}
