import type { DataSourceOptions } from 'typeorm';

/** Where Tasker's tables are. */
export interface DatabaseLocation {
  /** `postgres://user:password@host:port/database` */
  url: string;
  schema: string;
}

/** Options of every TypeORM connection. Nothing is set by start-up parameters, which a transaction pooler would refuse. */
export const connectionOptions = ({ url, schema, poolSize }: DatabaseLocation & { poolSize: number }) =>
  ({
    type: 'postgres',
    url,
    schema,
    poolSize,
    applicationName: 'tasker',
    connectTimeoutMS: 10_000,
    // ids are made here: no extension is wanted in the host's database
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    logging: false,
    // a peer that is gone is noticed by the system, where nothing that was sent waits to be acknowledged
    extra: { keepAlive: true, keepAliveInitialDelayMillis: 10_000 },
  }) satisfies DataSourceOptions;

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
