// The package by its own name, as an application imports it, and what it stands on. This folder has a package.json of
// its own, so the name is resolved from the folder above, where it means that package itself: what is in dist.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../package.json', import.meta.url));

export const tasker = require('nest-tasker');
export const pg = require('pg');
export const { Module } = require('@nestjs/common');
export const { NestFactory } = require('@nestjs/core');
export const autocannon = require('autocannon');

/** How an application answers HTTP, by name. @type {Record<string, () => any>} */
export const HTTP_ADAPTERS = {
  Fastify: () => new (require('@nestjs/platform-fastify').FastifyAdapter)(),
  Express: () => new (require('@nestjs/platform-express').ExpressAdapter)(),
};
