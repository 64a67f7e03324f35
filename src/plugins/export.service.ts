import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { readFilter, type ListFilter } from '../client/list-filter.js';
import { TaskLookup } from '../client/task-lookup.js';
import { CLOCK, type Clock } from '../core/clock.js';
import { TaskerError } from '../core/errors.js';
import { EventBus } from '../events/event-bus.js';
import { Instruments } from '../metrics/instruments.js';
import { EXPORT_KINDS, type ExportData, type ExportKind, type TaskRecord } from './exporter.js';
import { PluginRegistry } from './plugin.registry.js';
import { taskRecord } from './task-record.js';

export interface ExportRequest {
  /** That of a registered exporter. */
  format: string;
  what: ExportKind;
  /** Which tasks. @default all */
  filter?: Omit<ListFilter, 'limit' | 'cursor'>;
  /** Tasks in all, at most. @default 10000 */
  limit?: number;
  /** Whether tasks come with their steps. @default false */
  steps?: boolean;
  /** Written whole or not at all: whoever reads it meanwhile finds the one before. Folders are made. @default not written */
  file?: string;
}

export interface Export {
  format: string;
  what: ExportKind;
  contentType: string;
  body: string | Buffer;
  /** Tasks, or samples of metrics. */
  recordCount: number;
  /** False where there are more tasks than the limit. */
  isComplete: boolean;
}

const DEFAULT_LIMIT = 10_000;
const PAGE = 100;

/** Exports tasks and metrics by the registered exporters. */
@Injectable()
export class ExportService {
  constructor(
    private readonly plugins: PluginRegistry,
    private readonly lookup: TaskLookup,
    private readonly metrics: Instruments,
    private readonly events: EventBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws TaskerError `request_invalid` for what could never be exported; what the exporter or the file system throws */
  async export(request: ExportRequest): Promise<Export> {
    this.check(request);
    const { format, what, file = null } = request;
    const facts = { format, what, file };
    try {
      const exported = await this.make(request);
      if (file !== null) await write(file, exported.body);
      this.events.publish('observability.export.completed', () => ({
        ...facts,
        record_count: exported.recordCount,
        byte_count: Buffer.byteLength(exported.body),
      }));
      return exported;
    } catch (error) {
      const { message, constructor } = error as Error;
      this.events.publish('observability.export.failed', () => ({
        ...facts,
        error_message: message ?? String(error),
        error_class: constructor?.name ?? typeof error,
      }));
      throw error;
    }
  }

  /** @throws TaskerError `request_invalid` */
  check({ format, what, filter, limit = DEFAULT_LIMIT, steps }: ExportRequest): void {
    const refuse = (path: string, message: string): TaskerError =>
      new TaskerError('request_invalid', `The export is not valid: ${path} ${message}`, [{ path, message }]);
    if (!EXPORT_KINDS.includes(what)) throw refuse('what', `must be one of ${EXPORT_KINDS.join(', ')}.`);
    this.plugins.exporterOf(String(format), what);
    if (!Number.isInteger(limit) || limit < 1) throw refuse('limit', 'must be a whole number, 1 or more.');
    if (what === 'metrics' && (filter !== undefined || steps !== undefined)) {
      throw refuse(filter === undefined ? 'steps' : 'filter', 'is for tasks alone: remove it.');
    }
    for (const key of ['limit', 'cursor']) {
      if (filter && key in filter) throw refuse(`filter.${key}`, 'cannot be given: the export reads all pages.');
    }
    readFilter({ ...filter });
  }

  private async make(request: ExportRequest): Promise<Export> {
    const { format, what } = request;
    const exporter = this.plugins.exporterOf(format, what);
    const exportedAt = new Date(this.clock.now()).toISOString();
    const { tasks, isComplete } = what === 'tasks' ? await this.tasks(request) : NO_TASKS;
    const metrics = what === 'metrics' ? await this.metrics.collect() : [];
    const data: ExportData = what === 'tasks' ? { what, exportedAt, tasks } : { what, exportedAt, metrics };
    const body = await exporter.export(data);
    if (typeof body !== 'string' && !Buffer.isBuffer(body)) {
      throw new TypeError(`The exporter for "${format}" must answer a text or a Buffer.`);
    }
    const recordCount = tasks.length + metrics.length;
    return { format, what, contentType: exporter.contentType, body, recordCount, isComplete };
  }

  private async tasks({ filter, limit = DEFAULT_LIMIT, steps = false }: ExportRequest): Promise<typeof NO_TASKS> {
    const tasks: TaskRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.lookup.listTasks({ ...filter, limit: Math.min(PAGE, limit - tasks.length), cursor });
      const ids = page.tasks.map(({ taskId }) => taskId);
      const whole = steps && ids.length > 0 ? await this.lookup.getTasks(ids, ['steps']) : null;
      tasks.push(...page.tasks.map((task) => taskRecord(whole?.get(task.taskId) ?? task)));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && tasks.length < limit);
    return { tasks, isComplete: cursor === undefined };
  }
}

const NO_TASKS: { tasks: TaskRecord[]; isComplete: boolean } = { tasks: [], isComplete: true };

/** Beside the file, and then in its place. */
async function write(file: string, body: string | Buffer): Promise<void> {
  const path = resolve(file);
  const fresh = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(fresh, body);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
