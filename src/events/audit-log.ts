import { Injectable, Logger } from '@nestjs/common';
import type { JsonObject } from '../core/json.js';
import { masked } from '../core/masking.js';
import { structuredLine } from '../core/structured-line.js';
import type { LOG_LEVELS } from '../core/template-policies.js';
import type { TaskTemplate } from '../core/template.js';
import { EventBus } from './event-bus.js';
import type { AnyEvent } from './tasker-events.js';

/** What of a task was read. */
export type AuditedRead = 'task' | 'step' | 'diagram';

type Subject = Pick<TaskTemplate, 'namespace' | 'name' | 'version' | 'security'>;

/** Events that say of a transition what another one says too. */
const COMPANIONS: ReadonlySet<string> = new Set(['step.execution_requested', 'step.retried', 'step.timed_out']);

/** Whether an event stands for a transition of a task or of a step. */
const isTransition = (event: string): boolean => /^(task|step)\./.test(event) && !COMPANIONS.has(event);

/**
 * Structured log lines for templates that ask for them: `security.audit_logging` for what this process has
 * done to their tasks, `security.pci_compliance` at level 1 for what it has been asked about them.
 */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('tasker.audit');

  constructor(bus: EventBus) {
    bus.auditBy({
      wants: ({ security }, event) => security.auditLogging?.enabled === true && isTransition(event),
      write: (template, facts) => this.transition(template, facts),
    });
  }

  /** A task of the template, or a part of it, was answered to somebody. */
  read(template: Subject, what: AuditedRead, taskId: string): void {
    const { pciCompliance } = template.security;
    if (!pciCompliance?.enabled || pciCompliance.auditLevel !== 1) return;
    const { namespace, name, version } = template;
    const timestamp = new Date().toISOString();
    this.write(template, { audit: 'read', what, timestamp, task_id: taskId, task_name: name, namespace, version });
  }

  private transition(template: Subject, facts: AnyEvent): void {
    const { auditLogging, encryption, maskedFields } = template.security;
    const line: JsonObject = { audit: 'transition', ...(facts as unknown as JsonObject) };
    if (auditLogging!.includeSensitiveData) return this.write(template, line);
    // what is not to be read in the database is not to be read in a log
    if (encryption?.enabled) delete line.results;
    this.write(template, masked(line, maskedFields));
  }

  private write({ security }: Subject, line: JsonObject): void {
    const level = METHODS[security.auditLogging?.logLevel ?? 'info'];
    this.logger[level](structuredLine(line));
  }
}

const METHODS: Record<(typeof LOG_LEVELS)[number], 'debug' | 'log' | 'warn' | 'error'> = {
  debug: 'debug',
  info: 'log',
  warn: 'warn',
  error: 'error',
};
