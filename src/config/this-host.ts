import { availableParallelism, totalmem } from 'node:os';
import type { TaskerConfig } from './tasker-config.js';

/** What this process has to run steps with: bounds of its container, where it has one, count. */
export function thisHost({ database }: Pick<TaskerConfig, 'database'>) {
  // 0 where nothing bounds the process, more than there is where the bound means nothing
  const bound = process.constrainedMemory() || Infinity;
  return {
    poolSize: database.poolSize,
    memoryBytes: Math.min(bound, totalmem()),
    cpus: availableParallelism(),
    caches: ['memory'] as const,
  };
}
