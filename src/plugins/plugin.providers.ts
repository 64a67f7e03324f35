import type { Provider } from '@nestjs/common';
import { ExportSchedule } from './export-schedule.js';
import { ExportService } from './export.service.js';
import { PluginRegistry } from './plugin.registry.js';

export const PLUGIN_PROVIDERS: Provider[] = [PluginRegistry, ExportService, ExportSchedule];
