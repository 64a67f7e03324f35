import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TaskerError } from '../../core/errors.js';
import { readEventFiles } from '../../declarations/event-files.js';
import type { DeclaredEvent } from '../../events/custom-event.js';
import { EventCatalog, type EventInfo } from '../../events/event-catalog.js';
import { loadTemplates } from '../../templates/load-templates.js';
import { GenerationError } from '../generation-error.js';
import type { Project } from '../project.js';

const EVENT_FILES = 'config/tasker/events';
const TEMPLATES = 'config/tasker/tasks';

/** The events that a subscriber may name: those of the catalog, and those that the project's files declare. */
export class KnownEvents {
  private readonly catalog = new EventCatalog();
  private isComplete = false;

  constructor(private readonly project: Project) {}

  /** @throws GenerationError where a pattern means no event, with the one that was probably meant */
  match(pattern: string): EventInfo[] {
    return this.find(pattern).map((name) => this.catalog.eventInfo(name));
  }

  private find(pattern: string): string[] {
    try {
      return this.catalog.match(pattern);
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      if (this.isComplete) throw new GenerationError(error.message);
      this.declareProjects();
      return this.find(pattern);
    }
  }

  /** Read only for names that are not the system's. */
  private declareProjects(): void {
    this.isComplete = true;
    const [eventFiles, templateFiles] = [EVENT_FILES, TEMPLATES].map((folder) => {
      const path = join(this.project.root, folder);
      return existsSync(path) ? [path] : [];
    });
    const read = loadTemplates(templateFiles!, { environment: 'development', env: process.env });
    const findings = [...read.findings];
    const events = readEventFiles(eventFiles!, process.env, findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new GenerationError(`What events the project declares cannot be read:\n${list}`);
    }
    this.catalog.declare(events, 'application');
    this.catalog.declare(
      read.templates.flatMap(({ template }) => template.events.customEvents.map(declared)),
      'template',
    );
  }
}

const declared = (event: Omit<DeclaredEvent, 'firedBy'>): DeclaredEvent => ({ ...event, firedBy: [] });
