import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { connectionOptions, quoteIdentifier, type DatabaseLocation } from './connection.js';
import { PatientDataSource } from './patient-data-source.js';
import { reach } from './reach.js';
import { cutOff } from './silence.js';
import { ENTITIES } from './entities/entities.js';

/** What runs a statement: the pool, or a transaction of the caller's. */
export type Queryable = Pick<EntityManager, 'query'>;

/** Tasker's connections to PostgreSQL, and the names of its functions there. */
export class Database {
  private constructor(
    readonly dataSource: DataSource,
    readonly location: DatabaseLocation,
    private readonly prefix: string,
  ) {}

  static async connect(location: DatabaseLocation, poolSize: number): Promise<Database> {
    const dataSource = new PatientDataSource({ ...connectionOptions({ ...location, poolSize }), entities: ENTITIES });
    await reach(dataSource, location.url);
    return new Database(dataSource, location, `${quoteIdentifier(location.schema)}.`);
  }

  /** `select * from schema.name($1, …)`; names are qualified, so no connection needs a search path of its own. */
  statement(name: string, parameters: number): string {
    const list = Array.from({ length: parameters }, (_, index) => `$${index + 1}`).join(', ');
    return `select * from ${this.prefix}${name}(${list})`;
  }

  /** Calls one of the functions in `sql/functions`. */
  async call<Row>(name: string, parameters: unknown[], db: Queryable = this.dataSource.manager): Promise<Row[]> {
    return db.query<Row[]>(this.statement(name, parameters.length), parameters);
  }

  /** Rolled back when `work` rejects. */
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** A table's or type's qualified name. */
  name(name: string): string {
    return this.prefix + name;
  }

  /** The driver's own. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  async ping(): Promise<void> {
    await this.dataSource.query('select 1');
  }

  /** A connection of the pool, kept until released. */
  async reserve(): Promise<ReservedConnection> {
    const runner = this.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    return new ReservedConnection(runner, client);
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

export class ReservedConnection {
  constructor(
    private readonly runner: QueryRunner,
    readonly client: PoolClient,
  ) {}

  async release(): Promise<void> {
    await this.runner.release().catch(() => undefined);
  }

  /** Closes the connection itself: it is broken, or nobody knows what it is doing. */
  async discard(): Promise<void> {
    await cutOff(this.client);
    await this.release();
  }
}
