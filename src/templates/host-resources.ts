import type { CACHE_TYPES } from '../core/template-policies.js';
import type { Reading } from './reader.js';
import type { TemplateFields } from './template-shape.js';
import { writtenAt } from './written.js';
import type { Place, Written } from './written.js';

/** What a process has to run steps with. */
export interface HostResources {
  /** Connections of its pool. */
  poolSize: number;
  /** Memory that it may use. */
  memoryBytes: number;
  /** Processors that it may use. */
  cpus: number;
  caches: readonly (typeof CACHE_TYPES)[number][];
}

/** Complains of everything that a template asks for and the process has not got. */
export function checkResources(fields: TemplateFields, written: Written, host: HostResources, reading: Reading): void {
  const { findings } = reading;
  const { databasePool, caching } = fields.performance ?? { databasePool: null, caching: null };
  const { memoryBytes, cpus } = fields.constraints?.technical_constraints ?? { memoryBytes: null, cpus: null };
  const least = databasePool?.minConnections ?? 0;
  if (least > host.poolSize) {
    findings.report(
      writtenAt(written, '/performance/database_pool/min_connections').at,
      `steps of this template need a pool of ${least} connections, but this process has ${host.poolSize}: raise the pool size of the process, or lower min_connections`,
    );
  }
  if (caching && !host.caches.includes(caching.cacheType)) {
    findings.report(
      writtenAt(written, '/performance/caching/cache_type').at,
      `this process has no ${caching.cacheType} to keep results in, only ${host.caches.join(', ')}: write cache_type: ${host.caches[0]}`,
    );
  }
  const limits = resourceLimits(written);
  if ((memoryBytes ?? 0) > host.memoryBytes) {
    findings.report(
      limits,
      `steps of this template need ${megabytes(memoryBytes!)} of memory, but this process may use ${megabytes(host.memoryBytes)}: give it more, or lower memory_limit`,
    );
  }
  if ((cpus ?? 0) > host.cpus) {
    findings.report(
      limits,
      `steps of this template need a cpu_limit of ${cpus}, but this process has ${host.cpus} processors: give it more, or lower cpu_limit`,
    );
  }
}

/** Complains of a template that is to be encrypted where there are no keys. */
export function checkEncryption(fields: Partial<TemplateFields>, written: Written, reading: Reading): void {
  if (!fields.security?.encryption?.enabled) return;
  const enabled = writtenAt(written, '/security/encryption/enabled');
  reading.findings.report(
    enabled.at,
    'tasks of this template are to be encrypted, but this process has no keys: set TASKER_ENCRYPTION_KEYS to id=key, the key 32 bytes in base64',
  );
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`;

function resourceLimits(written: Written): Place {
  const list = writtenAt(written, '/constraints/technical_constraints');
  const items = list.kind === 'list' ? list.items : [];
  const limits = items.find((item) => {
    const name = writtenAt(item, '/name');
    return name.kind === 'scalar' && name.value === 'resource_limits';
  });
  return (limits ?? list).at;
}
