import { Injectable, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { CLOCK } from '../core/clock.js';
import { StepExecutor } from '../orchestration/step-executor.js';
import { HandlerExplorer } from '../registry/handler.explorer.js';
import { Puppets } from './factories/puppets.js';
import { Ground } from './ground.js';
import { MockTable } from './mocks/mock-table.js';
import { MockedStepExecutor } from './mocks/mocked-step-executor.js';
import { MockingExplorer } from './mocks/mocking-explorer.js';
import type { TaskerTestingOptions } from './testing-options.js';

/** Leaves the ground last: global modules are shut down after others, and in the order opposite to their imports. */
@Injectable()
export class Departure implements OnApplicationShutdown {
  constructor(private readonly ground: Ground) {}

  async onApplicationShutdown(): Promise<void> {
    await this.ground.leave();
  }
}

/** What the kit puts in the place of Tasker's own providers refers to these. It is imported before Tasker. */
@Module({})
export class GroundModule {
  static of(ground: () => Ground | Promise<Ground>, { mockHandlers }: TaskerTestingOptions): DynamicModule {
    return {
      module: GroundModule,
      global: true,
      providers: [
        { provide: Ground, useFactory: async () => (await ground()).enter() },
        { provide: Puppets, inject: [Ground], useFactory: ({ puppets }: Ground) => puppets },
        { provide: MockTable, useFactory: () => new MockTable(mockHandlers) },
        Departure,
      ],
      exports: [Ground, Puppets, MockTable],
    };
  }
}

/** Tasker's providers that tests replace. */
export const clockOfGround = {
  provide: CLOCK,
  inject: [Ground],
  useFactory: ({ timeline }: Ground) => timeline.clock,
} satisfies Provider;
export const mockingExplorer = { provide: HandlerExplorer, useClass: MockingExplorer } satisfies Provider;
export const mockedExecutor = { provide: StepExecutor, useClass: MockedStepExecutor } satisfies Provider;
