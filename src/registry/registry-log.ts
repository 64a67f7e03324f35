import { Logger } from '@nestjs/common';
import { threadId } from 'node:worker_threads';
import { structuredLine } from '../core/structured-line.js';
import type { RegistryChange } from './registry-kind.js';

/** What log lines say of the process. */
export interface ProcessFacts {
  environment: string;
  taskerVersion: string;
}

const MESSAGES: Record<RegistryChange['type'], string> = {
  registered: 'Registry item registered',
  unregistered: 'Registry item unregistered',
  validation_failed: 'Registry item refused',
};

/** Writes each change of a registry as one line, at the level `debug`: an application with many handlers starts quietly. */
export class RegistryLog {
  private readonly logger = new Logger('tasker.registry');

  constructor(private readonly facts: ProcessFacts) {}

  write(change: RegistryChange): void {
    const line = structuredLine({
      timestamp: change.at.toISOString(),
      correlation_id: change.correlationId,
      component: change.registryName,
      message: MESSAGES[change.type],
      environment: this.facts.environment,
      tasker_version: this.facts.taskerVersion,
      process_id: process.pid,
      thread_id: String(threadId),
      entity_type: change.entityType,
      entity_id: change.entityId,
      entity_class: change.entityClass,
      registry_name: change.registryName,
      options: change.options,
      event_type: change.type,
      ...(change.validationError !== undefined && { validation_error: change.validationError }),
    });
    this.logger.debug(line);
  }
}
