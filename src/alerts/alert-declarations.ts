import { Inject, Injectable, Logger } from '@nestjs/common';
import { compareBuild } from 'semver';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { TaskerError, type Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { TaskTemplate } from '../core/template.js';
import { Subscribers } from '../events/subscribers.js';
import { readAlertFiles } from './alert-files.js';
import { alertsOf, type DeclaredAlert } from './declared-alert.js';

/** The alerts that templates and files declare. */
@Injectable()
export class AlertDeclarations {
  private readonly logger = new Logger('tasker.alerts');

  constructor(
    private readonly subscribers: Subscribers,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'alerts'>,
  ) {}

  /**
   * Reads them, and has the subscribers that they name told of them. Of a template's versions the highest declares.
   *
   * @param templates - all that were loaded
   * @throws TaskerError `configuration_invalid` naming everything that is wrong with the files
   */
  read(templates: readonly TaskTemplate[], env: NodeJS.ProcessEnv = process.env): DeclaredAlert[] {
    const findings: Finding[] = [];
    const newest = newestOf(templates);
    const ofFiles = readAlertFiles(this.config.alerts.definitions, newest, env, findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Declarations of alerts are not valid:\n${list}`, findings);
    }
    const alerts = [...newest.flatMap(alertsOf), ...ofFiles];
    this.notify(alerts);
    return alerts;
  }

  /** A process need not have every subscriber. */
  private notify(alerts: readonly DeclaredAlert[]): void {
    const unknown = new Set(this.subscribers.notify(alerts.flatMap(({ definition }) => definition.notify)));
    for (const { name, definition } of alerts) {
      for (const wanted of definition.notify.filter((each) => unknown.has(each))) {
        const mend = didYouMean(
          wanted,
          this.subscribers.list().map((subscriber) => subscriber.name),
        );
        this.logger.warn(`The alert "${name}" notifies "${wanted}", which is no subscriber of this process.${mend}`);
      }
    }
  }
}

function newestOf(templates: readonly TaskTemplate[]): TaskTemplate[] {
  const newest = new Map<string, TaskTemplate>();
  for (const template of templates) {
    const known = newest.get(nameOf(template));
    if (!known || compareBuild(template.version, known.version) > 0) newest.set(nameOf(template), template);
  }
  return [...newest.values()];
}

const nameOf = ({ namespace, name }: TaskTemplate): string => JSON.stringify([namespace, name]);
