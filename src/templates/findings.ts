import type { Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { Place } from './written.js';

/** Collects what is wrong in one source, each thing once, and lists it in the order of its places. */
export class Findings {
  private readonly found = new Map<string, { order: number; finding: Finding }>();

  report(at: Place, message: string): void {
    const key = keyOf(at.text, message);
    if (!this.found.has(key)) this.found.set(key, { order: at.order, finding: { path: at.text, message } });
  }

  /** Takes over what `others` found and this has not, with a remark on each. */
  addNew(others: Findings, remark: string): void {
    for (const [key, { order, finding }] of others.found) {
      if (this.found.has(key)) continue;
      this.report({ text: finding.path, order }, finding.message + remark);
    }
  }

  get size(): number {
    return this.found.size;
  }

  list(): Finding[] {
    return [...this.found.values()].sort((a, b) => a.order - b.order).map(({ finding }) => finding);
  }
}

const keyOf = (path: string, message: string): string => JSON.stringify([path, message]);

const LONGEST_NAME = 255;

/** Suggests names, until so many were compared that a file of nothing but mistakes would delay the start. */
export class Suggestions {
  private comparisonsLeft = 200_000;

  /** ` Did you mean "x"?`, or nothing where no known name is near or too many were looked for already. */
  didYouMean(name: string, known: readonly string[]): string {
    if (name.length > LONGEST_NAME || known.length > this.comparisonsLeft) return '';
    this.comparisonsLeft -= known.length;
    return didYouMean(name, known);
  }
}
