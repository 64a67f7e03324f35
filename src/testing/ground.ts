import type { TestDatabase } from '../persistence/testing/test-database.js';
import { Puppets } from './factories/puppets.js';
import { createTestDatabase } from './test-database.js';
import type { TestDatabaseOptions } from './test-database.js';
import { Bell } from './time/bell.js';
import { Time } from './time/time.js';
import { Timeline } from './time/timeline.js';

/** What applications under test stand on that run beside each other: one database, one time. */
export class Ground {
  readonly timeline = new Timeline();
  readonly puppets = new Puppets();
  /** Rings when anything happens. */
  readonly bell = new Bell();
  readonly time: Time;
  private standing = 0;

  private constructor(
    readonly database: TestDatabase,
    isVirtual: boolean,
  ) {
    this.time = new Time(this.timeline, this.bell, isVirtual);
  }

  static async create(options: TestDatabaseOptions & { time?: 'virtual' | 'real' }): Promise<Ground> {
    return new Ground(await createTestDatabase(options), options.time !== 'real');
  }

  enter(): this {
    this.standing++;
    return this;
  }

  /** Whoever leaves last takes the database away. */
  async leave(): Promise<void> {
    this.standing--;
    if (this.standing === 0) await this.database.drop();
  }
}
