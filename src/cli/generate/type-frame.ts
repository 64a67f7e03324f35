/** Names that the file has of itself. */
export const RESERVED = [
  ...['Json', 'StepContext', 'Sequence', 'KnownSteps', 'TemplateTypes', 'Templates', 'StepName'],
  ...['AncestorOf', 'ResultOf', 'SequenceOf', 'StepContextOf'],
];

export const HEAD = `/* eslint-disable */
// Written by \`tasker generate types\` from the task templates. Do not edit it: run the command again.
import type { Json, Sequence, StepContext } from 'nest-tasker';
`;

/** What handlers use; the same whatever the templates are. */
export const GENERICS = `/** What is generated for a template. */
export interface TemplateTypes {
  context: unknown;
  results: object;
  skippable: string;
  ancestors: Record<string, string>;
}

/** Names of a template's steps. */
export type StepName<T extends TemplateTypes> = keyof T['ancestors'] & string;

/** Names of the steps that have finished before a step. */
export type AncestorOf<T extends TemplateTypes, S extends StepName<T>> = T['ancestors'][S];

/** What a step leaves: as its results were declared, else any JSON; or null, where it may be skipped. */
export type ResultOf<T extends TemplateTypes, S extends string> =
  | (S extends keyof T['results'] ? T['results'][S] : Json)
  | (S extends T['skippable'] ? null : never);

/** Results of the ancestors of a step; other names do not compile. */
export interface SequenceOf<T extends TemplateTypes, S extends StepName<T>> extends Omit<Sequence, 'results'> {
  results<A extends AncestorOf<T, S>>(stepName: A): ResultOf<T, A>;
}

/**
 * What the handler of a step gets:
 * \`process(context: StepContextOf<Templates['order'], 'ship'>)\`
 */
export interface StepContextOf<T extends TemplateTypes, S extends StepName<T>>
  extends Omit<StepContext<T['context']>, 'sequence'> {
  readonly sequence: SequenceOf<T, S>;
}

/** Results, each of a step that there is: a wrong name is reported here. */
type KnownSteps<S extends string, R extends { [K in keyof R]: K extends S ? unknown : never }> = R;
`;
