import type { Provider } from '@nestjs/common';
import { EngineMetrics } from './engine-metrics.js';
import { EventLoopMetrics } from './event-loop.js';
import { GlobalMeter } from './global-meter.js';
import { Instruments } from './instruments.js';
import { TemplateMetrics } from './template-metrics.js';

export const METRIC_PROVIDERS: Provider[] = [
  Instruments,
  EngineMetrics,
  TemplateMetrics,
  EventLoopMetrics,
  GlobalMeter,
];
