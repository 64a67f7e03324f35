import { Injectable } from '@nestjs/common';
import { TemplateStore } from '../persistence/stores/template.store.js';
import { StepHandlerRegistry, type AnyStepHandler } from '../registry/step-handler.registry.js';

/** Name under which the database knows the steps that a request bypasses. */
const BYPASS = 'tasker.bypass';

/** The registered handlers by the numbers that the database has for the names in templates. */
@Injectable()
export class HandlerTable {
  private handlers: ReadonlyMap<number, AnyStepHandler> = new Map();
  private bypassId = 0;
  /** What this worker can run. */
  ids: readonly number[] = [];

  constructor(
    private readonly templates: TemplateStore,
    private readonly registry: StepHandlerRegistry,
  ) {}

  /** Reads the numbers anew: another process may have brought templates that use our handlers. */
  async refresh(): Promise<void> {
    const handlers = new Map<number, AnyStepHandler>();
    for (const [id, name] of await this.templates.handlers()) {
      const handler = this.registry.get(name);
      if (name === BYPASS) this.bypassId = id;
      else if (handler) handlers.set(id, handler);
    }
    this.handlers = handlers;
    this.ids = [this.bypassId, ...handlers.keys()];
  }

  isBypass(id: number): boolean {
    return id === this.bypassId;
  }

  get(id: number): AnyStepHandler {
    return this.handlers.get(id)!;
  }
}
