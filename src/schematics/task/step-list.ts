import { GenerationError } from '../generation-error.js';
import { nameOf, type Name } from '../name.js';

/** A step to be, and the steps that it waits for. */
export interface PlannedStep {
  name: Name;
  parents: Name[];
}

const STEP = /^[\s,]*([\w-]+)(?:\s*\(([^()]*)\))?/;

/**
 * Reads the steps of a task: names alone (`a b c`) run one after the other; with parentheses (`a b(a) c(a) d(b,c)`) each
 * waits for those that it names, and a name alone for none.
 *
 * @throws GenerationError for what is neither, no step at all, and a name that comes twice or is no step's
 */
export function stepsIn(text: string): PlannedStep[] {
  const written = readAll(text);
  if (written.length === 0) throw new GenerationError('A task needs at least one step: --steps fetch_data');
  const names = written.map(({ name }) => name);
  const doubled = names.find(({ snake }, n) => names.findIndex((other) => other.snake === snake) < n);
  if (doubled)
    throw new GenerationError(`The step "${doubled.snake}" comes twice: a task's steps have names of their own.`);
  if (written.every(({ parents }) => parents === null)) {
    return names.map((name, n) => ({ name, parents: names.slice(Math.max(n - 1, 0), n) }));
  }
  return written.map(({ name, parents }) => ({ name, parents: (parents ?? []).map((parent) => known(parent, names)) }));
}

function readAll(text: string): { name: Name; parents: Name[] | null }[] {
  const steps = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (!match) throw new GenerationError(`"${rest}" is no list of steps: write a b c, or a b(a) c(a) d(b,c).`);
    const [all, name, parents] = match;
    const words = parents?.split(/[\s,]+/).filter((word) => word !== '');
    steps.push({
      name: nameOf(name!, 'The step'),
      parents: words?.map((word) => nameOf(word, 'The step')) ?? null,
    });
    rest = rest.slice(all.length).replace(/^[\s,]+/, '');
  }
  return steps;
}

function known(parent: Name, names: readonly Name[]): Name {
  const found = names.find(({ snake }) => snake === parent.snake);
  if (found) return found;
  throw new GenerationError(
    `A step waits for "${parent.snake}", which is none of them: ${names.map(({ snake }) => snake).join(', ')}.`,
  );
}
