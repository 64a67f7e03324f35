import type { Provider } from '@nestjs/common';
import { AlertDeclarations } from './alert-declarations.js';
import { AlertEvaluator } from './alert-evaluator.js';
import { AlertFigures } from './alert-figures.js';
import { AlertMetrics } from './alert-metrics.js';
import { MetricValues } from './metric-values.js';
import { AlertService } from './alert.service.js';

export const ALERT_PROVIDERS: Provider[] = [
  AlertDeclarations,
  AlertFigures,
  MetricValues,
  AlertEvaluator,
  AlertMetrics,
  AlertService,
];
