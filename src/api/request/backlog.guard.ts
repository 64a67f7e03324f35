import { Inject, Injectable, type CanActivate } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { TaskerError } from '../../core/errors.js';
import { Database } from '../../persistence/database.js';
import { Backlog } from '../../persistence/stores/backlog.js';

/** Refuses new tasks while more steps than `http.maxBacklog` wait for a worker. */
@Injectable()
export class BacklogGuard implements CanActivate {
  private readonly backlog: Backlog | null;

  constructor(@Inject(TASKER_CONFIG) { http: { maxBacklog } }: Pick<TaskerConfig, 'http'>, database: Database) {
    this.backlog = maxBacklog === null ? null : new Backlog(database, maxBacklog);
  }

  async canActivate(): Promise<boolean> {
    if (!(await this.backlog?.isPassed())) return true;
    throw new TaskerError(
      'backlog_full',
      'More steps than this server allows wait for a worker. Nothing was created; send the request again later.',
    );
  }
}
