import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import type { Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { Findings } from '../templates/findings.js';
import { templateFiles } from '../templates/template-files.js';
import { quoted, writtenAt } from '../templates/written.js';
import { readHandlerFile, type HandlerEntry, type HandlerFile } from './handler-file.js';
import { classNameOf } from './interface-contract.js';
import { registeredAll, type AnyStepHandler, type StepHandlerRegistration } from './registered-step-handler.js';

/** Joins what files of handlers say with the handlers that are decorated. */
@Injectable()
export class HandlerBindings {
  constructor(
    private readonly discovery: DiscoveryService,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'handlers'>,
  ) {}

  /**
   * What is to be registered: the decorated handlers, with what the files say of them, and those that only the files name.
   *
   * @param findings - takes everything that is wrong with a file, each as `file:line:column`
   */
  bind(decorated: readonly AnyStepHandler[], findings: Finding[]): StepHandlerRegistration[] {
    const files = this.read(findings);
    if (files.length === 0) return decorated.map((handler) => ({ handler }));
    const providers = this.providers();
    const registrations = new Map<AnyStepHandler, StepHandlerRegistration>(
      decorated.map((handler) => [handler, { handler }]),
    );
    const named: StepHandlerRegistration[] = [];
    const uses = new Map<string, number>();
    for (const { className } of files.flatMap(({ entries }) => entries)) {
      uses.set(className.value, (uses.get(className.value) ?? 0) + 1);
    }
    for (const { entries, findings: wrong } of files) {
      for (const entry of entries) {
        const handler = providerOf(entry, providers, wrong);
        if (handler === null) continue;
        const byClass = !registrations.has(handler) && uses.get(entry.className.value) === 1;
        const registration = registrationOf(entry, handler, byClass);
        checkConfig(entry, registration, wrong);
        const own = registrations.get(handler);
        const isOwn = own !== undefined && namesOf(own).includes(entry.name.value);
        if (isOwn && entry.enabled) registrations.set(handler, { ...registration, names: undefined, byClass: true });
        else if (isOwn) registrations.delete(handler);
        else if (entry.enabled) named.push(registration);
      }
    }
    reportTwice(files, [...registrations.values()]);
    findings.push(...files.flatMap((file) => file.findings.list()));
    return [...registrations.values(), ...named];
  }

  private read(findings: Finding[]): HandlerFile[] {
    return templateFiles(this.config.handlers).flatMap((file) => {
      if ('text' in file) return [readHandlerFile(file.path, file.text, process.env)];
      findings.push({ path: file.path, message: file.problem });
      return [];
    });
  }

  /** Singletons by the names of their classes; null where several classes share one. */
  private providers(): Map<string, AnyStepHandler | null> {
    const providers = new Map<string, AnyStepHandler | null>();
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.instance;
      if (wrapper.isAlias || typeof instance !== 'object' || instance === null) continue;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) continue;
      const name = classNameOf(instance);
      const known = providers.get(name);
      const isSame = known === undefined || known?.constructor === instance.constructor;
      providers.set(name, isSame ? (instance as AnyStepHandler) : null);
    }
    return providers;
  }
}

function providerOf(
  { className: { value, at } }: HandlerEntry,
  providers: ReadonlyMap<string, AnyStepHandler | null>,
  findings: Findings,
): AnyStepHandler | null {
  const handler = providers.get(value);
  if (handler === null)
    findings.report(at, `several providers are of a class ${quoted(value)}: rename one of the classes`);
  if (handler && typeof handler.process === 'function') return handler;
  if (handler) findings.report(at, `the class ${quoted(value)} is no step handler: give it a method process(context)`);
  const handlers = [...providers].filter(([, one]) => typeof one?.process === 'function').map(([name]) => name);
  const mend = didYouMean(value, handlers) || ' Provide one in a module that the application imports';
  if (handler === undefined) findings.report(at, `there is no singleton provider of class ${quoted(value)}.${mend}`);
  return null;
}

/** @param byClass - a class that has a name of its own, or several, is not meant by its class */
function registrationOf(entry: HandlerEntry, handler: AnyStepHandler, byClass: boolean): StepHandlerRegistration {
  return {
    handler,
    names: [entry.name.value],
    config: entry.config?.json,
    dependentSystem: entry.dependentSystem ?? undefined,
    byClass,
  };
}

/** What the steps lack of it, they may bring themselves. */
function checkConfig({ config }: HandlerEntry, registration: StepHandlerRegistration, findings: Findings): void {
  if (config === null) return;
  const [registered] = registeredAll([registration]);
  for (const { pointer, message } of registered!.configSchema?.problems(config.json, process.env, false) ?? []) {
    findings.report(writtenAt(config.written, pointer).at, message.replace('handler_config', 'config'));
  }
}

/** Names that two entries have, or an entry and another handler. */
function reportTwice(files: readonly HandlerFile[], decorated: readonly StepHandlerRegistration[]): void {
  const taken = new Map(decorated.flatMap((one) => namesOf(one).map((name) => [name, one.handler] as const)));
  const first = new Map<string, string>();
  for (const { entries, findings } of files) {
    for (const { name, className, enabled } of entries) {
      const place = first.get(name.value);
      if (place !== undefined) {
        findings.report(name.at, `the handler ${quoted(name.value)} is given twice, first at ${place}: remove one`);
      }
      first.set(name.value, place ?? name.at.text);
      const owner = taken.get(name.value);
      if (!enabled || owner === undefined || classNameOf(owner) === className.value) continue;
      findings.report(
        name.at,
        `${classNameOf(owner)} has the name ${quoted(name.value)} by its @StepHandler: choose another, or change it there`,
      );
    }
  }
}

/** All but the name of its class. */
const namesOf = (registration: StepHandlerRegistration): readonly string[] => {
  const [registered] = registeredAll([registration]);
  return [registered!.name, ...registered!.aliases];
};
