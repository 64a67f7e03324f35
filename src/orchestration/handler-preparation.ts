import { Injectable, Logger } from '@nestjs/common';
import { TaskerError, type Finding } from '../core/errors.js';
import { classNameOf } from '../registry/interface-contract.js';
import type { AnyStepHandler, RegisteredStepHandler } from '../registry/registered-step-handler.js';
import { ThreadPool } from './threads/thread-pool.js';

/** Has handlers set up before their first step and cleaned up after their last: each once, however many names it has. */
@Injectable()
export class HandlerPreparation {
  private readonly logger = new Logger('tasker.handlers');
  private readonly begun = new Set<RegisteredStepHandler>();
  private readonly ready = new Set<RegisteredStepHandler>();
  private readonly setUps = new Map<AnyStepHandler, Promise<void>>();

  constructor(private readonly threads: ThreadPool) {}

  /** Prepares those that are new. @returns what keeps some of them from running; these are not prepared again */
  async prepare(handlers: readonly RegisteredStepHandler[]): Promise<Finding[]> {
    const fresh = handlers.filter((one) => !this.begun.has(one));
    for (const one of fresh) this.begun.add(one);
    const isolated = fresh.filter(({ isolation }) => isolation === 'thread');
    const others = fresh.filter(({ isolation }) => isolation !== 'thread');
    const findings = await Promise.all([this.admit(isolated), ...others.map((one) => this.setUp(one))]);
    return findings.flat();
  }

  isReady(handler: RegisteredStepHandler): boolean {
    return this.ready.has(handler);
  }

  /** Calls what was set up last first. What fails is logged: the others are cleaned up all the same. */
  async cleanUp(): Promise<void> {
    for (const [handler, settingUp] of [...this.setUps].reverse()) {
      try {
        await settingUp.catch(() => undefined);
        await handler.cleanup?.();
      } catch (error) {
        this.logger.error(`Cleaning up the step handler ${classNameOf(handler)} failed`, error);
      }
    }
    this.setUps.clear();
    await this.threads.close();
  }

  private async admit(isolated: readonly RegisteredStepHandler[]): Promise<Finding[]> {
    try {
      await this.threads.admit(isolated);
      for (const one of isolated) this.ready.add(one);
      return [];
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      return error.findings.length > 0 ? [...error.findings] : [{ path: 'threads', message: error.message }];
    }
  }

  private async setUp(registered: RegisteredStepHandler): Promise<Finding[]> {
    const { name, handler } = registered;
    const settingUp = this.setUps.get(handler) ?? Promise.resolve().then(() => handler.setup?.());
    this.setUps.set(handler, settingUp);
    try {
      await settingUp;
      this.ready.add(registered);
      return [];
    } catch (error) {
      this.setUps.delete(handler);
      return [{ path: `${name} (${classNameOf(handler)})`, message: `cannot be set up: ${textOf(error)}` }];
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
