import type { Type } from '@nestjs/common';
import { getMetadataStorage, validateSync } from 'class-validator';
import { TaskerError, type Finding } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';

const MOST_UNKNOWN = 100;

/** What was read, and everything that is wrong with it: it may be used only where nothing is. */
export interface Reading<T> {
  value: T;
  findings: Finding[];
}

/**
 * Holds fields against a class whose properties carry the checks.
 * Values are neither copied nor converted: a pipe that rebuilt the context would lose keys such as `constructor`.
 */
export function read<T extends object>(shape: Type<T>, fields: object): Reading<T> {
  const known = fieldsOf(shape);
  const value = new shape();
  const unknown: string[] = [];
  for (const [name, given] of Object.entries(fields)) {
    if (!known.includes(name)) unknown.push(name);
    else if (given !== null) (value as Record<string, unknown>)[name] = given;
  }
  const findings = (known.length === 0 ? [] : validateSync(value)).flatMap(({ property, constraints }) =>
    Object.values(constraints ?? {}).flatMap((lines) => lines.split('\n').map((line) => located(property, line))),
  );
  return { value, findings: [...findings, ...unknown.slice(0, MOST_UNKNOWN).map((name) => notKnown(name, known))] };
}

/** What a query gives: strings, each once. */
export function readQuery<T extends object>(shape: Type<T>, query: object): Reading<T> {
  const given = Object.entries(query);
  const repeated = given.filter(([, value]) => typeof value !== 'string');
  const reading = read(shape, Object.fromEntries(given.filter(([, value]) => typeof value === 'string')));
  const findings = repeated.map(([path]) => ({ path, message: 'may be given once, as plain text' }));
  return { ...reading, findings: [...reading.findings, ...findings] };
}

/** @throws TaskerError `request_invalid` where anything is wrong */
export function accept<T>({ value, findings }: Reading<T>): T {
  if (findings.length === 0) return value;
  throw invalid(findings);
}

export function invalid(findings: readonly Finding[]): BodyInvalidError {
  const list = findings.slice(0, 5).map(({ path, message }) => `${path} ${message}`.trim());
  const more = findings.length > list.length ? `; and ${findings.length - list.length} more` : '';
  return new BodyInvalidError('request_invalid', `The request is invalid: ${list.join('; ')}${more}`, findings);
}

/** Its findings name fields as the request did, where those of TaskerClient name them in camelCase. */
export class BodyInvalidError extends TaskerError {}

/** Names of the fields that a class checks. */
export function fieldsOf(shape: Type): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

function located(property: string, line: string): Finding {
  const inside = /^((?:\.[\w-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])+) /.exec(line);
  return inside
    ? { path: property + inside[1], message: line.slice(inside[0].length) }
    : { path: property, message: line };
}

const notKnown = (name: string, known: readonly string[]): Finding => ({
  path: name.slice(0, 255),
  message: `is not known.${didYouMean(name.slice(0, 255), known) || ` Known: ${known.join(', ') || 'none'}.`}`,
});
