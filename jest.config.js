/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts', '<rootDir>/examples/**/*.spec.ts'],
  transform: { '^.+\\.[jt]s$': ['@swc/jest', require('./.swcrc.json')] },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    '^nest-tasker$': '<rootDir>/src/index.ts',
    '^nest-tasker/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // what kills processes and servers takes minutes: jest.chaos.config.js
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/chaos/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/dist-examples/', '<rootDir>/bench/node_modules/'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
};
