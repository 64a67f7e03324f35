import type { DynamicModule, Type } from '@nestjs/common';
import { ApiIntegrationModule } from './api-integration/api-integration.module.js';

/** The modules of all examples, for an application that shows them. */
export const exampleModules: (Type<unknown> | DynamicModule)[] = [ApiIntegrationModule];
