import { Injectable } from '@nestjs/common';
import { publicationOf, type Publication } from '../events/template-events.js';
import type { Json, JsonObject } from '../core/json.js';
import type { TaskTemplate } from '../core/template.js';
import { alertPayload, type AlertEventRow } from '../events/alert-events.js';
import type { AnyEvent } from '../events/tasker-events.js';
import { AlertStore } from '../persistence/stores/alert.store.js';
import { AuditStore, type AuditRow } from '../persistence/stores/audit.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { AuditEvent } from './audit-event.js';
import { eventId, type EventPlace } from './event-id.js';
import { EVERYTHING, type Interest } from './interest.js';
import { eventsOf } from './row-events.js';

export interface EventPage {
  events: AuditEvent[];
  /** Every event up to this row is among them. */
  upto: number;
}

/** Numbers that one page passes over at most, where it is not that of one task. */
const PAGE_ROWS = 5_000;
/** Pages that several readers want at about the same time are read once. */
const PAGES_KEPT = 4;

/** Reads the audit as the events that it stands for, those left out that their template does not publish. */
@Injectable()
export class AuditReader {
  private readonly pages = new Map<string, Promise<EventPage>>();
  private readonly publications = new WeakMap<TaskTemplate, Publication>();

  constructor(
    private readonly audit: AuditStore,
    private readonly alerts: AlertStore,
    private readonly templates: TemplateCatalog,
    private readonly vault: Vault,
  ) {}

  /** The events of the rows after `after`, up to `upto` or less. @param upto - no further than AuditWatch says */
  page(after: number, upto: number, interest: Interest): Promise<EventPage> {
    const end = Math.min(upto, after + PAGE_ROWS);
    const key = `${after} ${end} ${interest.key}`;
    const known = this.pages.get(key);
    if (known) return known;
    const page = this.read(after, end, interest, null);
    this.pages.set(key, page);
    page.catch(() => this.pages.delete(key));
    const [oldest] = this.pages.keys();
    if (this.pages.size > PAGES_KEPT) this.pages.delete(oldest!);
    return page;
  }

  /** The same of one task. */
  pageOf(taskId: string, after: number, upto: number, interest: Interest): Promise<EventPage> {
    return this.read(after, upto, interest, taskId);
  }

  /** One event; null where its row is gone. */
  async one(taskId: string, { auditNo, eventNo }: EventPlace): Promise<AuditEvent | null> {
    const { events } = await this.read(auditNo - 1, auditNo, EVERYTHING, taskId);
    return events.find((event) => event.eventNo === eventNo) ?? null;
  }

  /** Rows with these numbers may come to be others. */
  forget(): void {
    this.pages.clear();
  }

  private async read(after: number, end: number, interest: Interest, taskId: string | null): Promise<EventPage> {
    const { rows, upto } = await this.audit.page(after, end, interest, taskId);
    const events: AuditEvent[] = [];
    for (const row of rows) {
      const entry = this.templates.get(row.templateId);
      const { template } = entry instanceof Promise ? await entry : entry;
      events.push(...this.eventsOf(row, template));
    }
    const ofAlerts = interest.alerts ? await this.alerts.events(after, upto, taskId) : [];
    if (ofAlerts.length === 0) return { events, upto };
    for (const row of ofAlerts) events.push(await this.alertEvent(row));
    return { events: events.sort((a, b) => a.auditNo - b.auditNo), upto };
  }

  private async alertEvent(row: AlertEventRow): Promise<AuditEvent> {
    const { auditNo, name, alertId, incidentId, at } = row;
    const { namespace, template, version, notify } = row.definition;
    const about =
      namespace === null || template === null
        ? null
        : await this.templates.find(namespace, template, version ?? undefined);
    const id = eventId({ auditNo, eventNo: 0 }, [alertId, incidentId, name]);
    const payload = () => ({ event: name, timestamp: at.toISOString(), ...alertPayload(row) }) as AnyEvent;
    return new AuditEvent(auditNo, 0, id, name, alertId, incidentId, about?.template ?? null, notify, payload);
  }

  private eventsOf(row: AuditRow, template: TaskTemplate): AuditEvent[] {
    const { auditNo, taskId, stepNo, attempt, correlationId } = row;
    const publication = this.publicationOf(template);
    const open = (stored: Json): Json => this.vault.openResultValue({ template }, taskId, stepNo, stored);
    const openEvent = (stored: JsonObject): JsonObject => this.vault.openEvent({ template }, taskId, stepNo, stored);
    return eventsOf(row, template, open, openEvent).flatMap(({ name, payload }, eventNo) => {
      if (!publication.publishes(name)) return [];
      const id = eventId({ auditNo, eventNo }, [taskId, stepNo, attempt, row.move?.cause ?? 'published', name]);
      const routes = publication.routesOf(name);
      const shown = () => publication.shown(payload());
      return [new AuditEvent(auditNo, eventNo, id, name, taskId, correlationId, template, routes, shown)];
    });
  }

  private publicationOf(template: TaskTemplate): Publication {
    const known = this.publications.get(template) ?? publicationOf(template);
    this.publications.set(template, known);
    return known;
  }
}
