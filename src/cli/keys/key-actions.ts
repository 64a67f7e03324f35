import { join } from 'node:path';
import { ApiKeys, migrateDatabase, startEmbeddedPostgres, type ApiKeyInfo, type IssuedApiKey } from '../../index.js';
import { loadSettings } from '../../server/settings.js';
import { CommandFailure } from '../command-failure.js';
import { print, printJson } from '../terminal/output.js';
import { table } from '../terminal/table.js';

export interface CreateOptions {
  permissions: string[];
  namespaces?: string[];
  roles?: string[];
  expires?: Date;
  json?: boolean;
}

export interface RotateOptions {
  grace: number;
  json?: boolean;
}

export async function create(name: string, { expires, json, ...options }: CreateOptions): Promise<void> {
  show(await withKeys((keys) => keys.create({ name, ...options, expiresAt: expires })), json);
}

export async function rotate(name: string, { grace, json }: RotateOptions): Promise<void> {
  show(await withKeys((keys) => keys.rotate(name, { graceSeconds: grace })), json);
}

export async function revoke(names: readonly string[]): Promise<void> {
  await withKeys(async (keys) => {
    for (const name of names) {
      await keys.revoke(name);
      print(`${name} is revoked\n`);
    }
  });
}

export async function list({ json }: { json?: boolean }): Promise<void> {
  const keys = await withKeys((all) => all.list());
  if (json) return printJson({ keys: keys.map(answerOf) });
  if (keys.length === 0) return print('There are no keys.\n');
  print(
    table(keys, [
      { title: 'name', value: ({ name }) => name },
      { title: 'id', value: ({ id }) => id },
      { title: 'state', value: stateOf },
      { title: 'permissions', value: ({ permissions }) => permissions.join(', ') },
      { title: 'namespaces', value: ({ namespaces }) => namespaces?.join(', ') ?? 'all' },
      { title: 'roles', value: ({ roles }) => roles.join(', ') },
      { title: 'last used', value: ({ lastUsedAt }) => lastUsedAt?.toISOString() ?? 'never' },
    ]),
  );
}

/** The key goes to the output alone, so that it can be piped to where it is kept. */
function show(issued: IssuedApiKey, json = false): void {
  if (json) return printJson({ ...answerOf(issued), key: issued.key });
  process.stderr.write(`The key of ${issued.name}; it is not shown again:\n`);
  print(`${issued.key}\n`);
}

function stateOf({ revokedAt, expiresAt }: ApiKeyInfo): string {
  if (revokedAt) return 'revoked';
  if (!expiresAt) return 'active';
  return expiresAt.getTime() <= Date.now() ? 'expired' : `until ${expiresAt.toISOString()}`;
}

const answerOf = (key: ApiKeyInfo) => ({
  id: key.id,
  name: key.name,
  state: key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt.getTime() <= Date.now() ? 'expired' : 'active',
  permissions: key.permissions,
  namespaces: key.namespaces,
  roles: key.roles,
  created_at: key.createdAt,
  rotated_at: key.rotatedAt,
  expires_at: key.expiresAt,
  revoked_at: key.revokedAt,
  last_used_at: key.lastUsedAt,
});

/** In the database of the settings, else in the embedded one, which a server may be using at the same time. */
async function withKeys<T>(work: (keys: ApiKeys) => Promise<T>): Promise<T> {
  const { database, data_dir: dataDir } = loadSettings();
  const { url, schema } = database;
  if (url !== null) return inSchema({ url, schema }, work);
  const embedded = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  try {
    const location = { url: embedded.url, schema };
    await migrateDatabase(location);
    return await inSchema(location, work);
  } finally {
    await embedded.release();
  }
}

async function inSchema<T>(location: { url: string; schema: string }, work: (keys: ApiKeys) => Promise<T>): Promise<T> {
  try {
    return await ApiKeys.with(location, work);
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNDEFINED_TABLE) throw error;
    throw new CommandFailure(`The schema "${location.schema}" is not of this release: run \`tasker migrate\` first.`);
  }
}

/** SQLSTATE. */
const UNDEFINED_TABLE = '42P01';
