import type { Findings, Suggestions } from './findings.js';
import { quoted, shown } from './written.js';
import type { Place, Written, WrittenEntry, WrittenMap } from './written.js';

/** What one environment says about a step of the base. */
interface StepOverlay {
  name: string;
  nameAt: Place;
  content: Written;
}

/** Lays environments over a template's base: maps merge, scalars and lists replace, steps merge by name. */
export class Overlay {
  constructor(
    private readonly base: WrittenMap,
    private readonly findings: Findings,
    private readonly suggestions: Suggestions,
  ) {}

  /** The template as it is in one environment; every value keeps the place where it was written. */
  with(environment: Written): WrittenMap {
    if (environment.kind === 'scalar' && environment.value === null) return this.base;
    if (environment.kind !== 'map') {
      if (environment.kind !== 'unreadable') {
        this.findings.report(
          environment.at,
          `an environment must be a map of template keys, but is ${shown(environment)}`,
        );
      }
      return this.base;
    }
    const entries = new Map(this.base.entries);
    for (const [key, over] of environment.entries) {
      const under = entries.get(key);
      if (key === 'environments')
        this.findings.report(over.keyAt, 'an environment cannot hold environments: remove it');
      else if (key === 'step_templates') entries.set(key, this.mergedSteps(under, over));
      else entries.set(key, under ? { keyAt: over.keyAt, value: merged(under.value, over.value) } : over);
    }
    return { ...this.base, entries };
  }

  private mergedSteps(under: WrittenEntry | undefined, over: WrittenEntry): WrittenEntry {
    if (under?.value.kind !== 'list') return under ?? over;
    const steps = [...under.value.items];
    const positions = new Map(steps.map((step, n) => [nameOf(step), n]));
    const seen = new Map<string, Place>();
    for (const { name, nameAt, content } of this.stepOverlays(over.value)) {
      const position = positions.get(name);
      const first = seen.get(name);
      if (position === undefined) this.unknownStep(name, nameAt, positions);
      else if (first) {
        this.findings.report(
          nameAt,
          `the step ${quoted(name)} is overridden twice, first at ${first.text}: join the two`,
        );
      } else steps[position] = merged(steps[position]!, content);
      seen.set(name, nameAt);
    }
    return { keyAt: under.keyAt, value: { ...under.value, items: steps } };
  }

  private stepOverlays(written: Written): StepOverlay[] {
    if (written.kind === 'list') return written.items.flatMap((item) => this.named(item));
    if (written.kind === 'map') return [...written.entries].flatMap(([name, entry]) => this.keyed(name, entry));
    if (written.kind === 'scalar') {
      this.findings.report(written.at, `${MUST_BE_STEPS}, but is ${shown(written)}`);
    }
    return [];
  }

  private named(item: Written): StepOverlay[] {
    if (item.kind === 'unreadable') return [];
    const name = item.kind === 'map' ? item.entries.get('name')?.value : undefined;
    if (name?.kind === 'scalar' && typeof name.value === 'string')
      return [{ name: name.value, nameAt: name.at, content: item }];
    if (name?.kind !== 'unreadable')
      this.findings.report(name?.at ?? item.at, 'give the name of the step to override, as text');
    return [];
  }

  private keyed(key: string, { keyAt, value }: WrittenEntry): StepOverlay[] {
    if (value.kind === 'scalar' && value.value === null) return [];
    const name = value.kind === 'map' ? value.entries.get('name')?.value : undefined;
    if (name?.kind === 'scalar' && name.value !== key) {
      this.findings.report(name.at, `an environment cannot rename the step ${quoted(key)}: remove the name`);
      return [];
    }
    return [{ name: key, nameAt: keyAt, content: value }];
  }

  private unknownStep(name: string, at: Place, known: ReadonlyMap<string | null, number>): void {
    const names = [...known.keys()].filter((each) => each !== null);
    const suggestion = this.suggestions.didYouMean(name, names);
    this.findings.report(
      at,
      `there is no step ${quoted(name)} to override.${suggestion} An environment cannot add steps`,
    );
  }
}

const MUST_BE_STEPS = 'step_templates must be a list of steps, or a map of them by name';

function nameOf(step: Written): string | null {
  const name = step.kind === 'map' ? step.entries.get('name')?.value : undefined;
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : null;
}

/** `over` laid over `under`: maps merge, scalars and lists replace. */
export function merged(under: Written, over: Written): Written {
  if (under.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(under.entries);
  for (const [key, { keyAt, value }] of over.entries) {
    const below = entries.get(key);
    entries.set(key, { keyAt, value: below ? merged(below.value, value) : value });
  }
  return { ...under, entries };
}
