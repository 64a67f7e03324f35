import type * as NestTesting from '@nestjs/testing';

/** Nest's own kit, which only tests need: it is not installed with Tasker. */
export function loadNestTesting(): typeof NestTesting {
  try {
    // optional, so it cannot be an import
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('@nestjs/testing') as typeof NestTesting;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new Error('TaskerTestingModule.create needs @nestjs/testing: npm install --save-dev @nestjs/testing', {
      cause,
    });
  }
}
