import type { Provider } from '@nestjs/common';
import { Analytics } from './analytics.service.js';
import { RollUpSweep } from './roll-up-sweep.js';

export const ANALYTICS_PROVIDERS: Provider[] = [Analytics, RollUpSweep];
