import type { INestApplication } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ProblemFilter } from './problem.filter.js';

/** Answers everything that fails in this application as a problem: unknown routes and unreadable bodies, too. */
export const setupProblems = (app: INestApplication): INestApplication =>
  app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
