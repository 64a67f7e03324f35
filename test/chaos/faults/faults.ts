import { DEPLOYMENT_FAULTS } from './deployment-faults.js';
import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network-faults.js';
import { SERVER_FAULTS } from './server-faults.js';
import { WORKER_FAULTS } from './worker-faults.js';

export const FAULTS: readonly Fault[] = [...WORKER_FAULTS, ...SERVER_FAULTS, ...NETWORK_FAULTS, ...DEPLOYMENT_FAULTS];

/** @throws Error naming what there is */
export function faultsNamed(names: readonly string[]): Fault[] {
  const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0)
    throw new Error(`no fault is called ${unknown.join(', ')}; there are ${FAULTS.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? [...FAULTS] : FAULTS.filter(({ name }) => names.includes(name));
}
