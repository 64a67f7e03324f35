import { isPlainObject } from '../core/json.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import type { Findings } from './findings.js';
import { MAX_DEPTH, MAX_VALUES, keyPath, unfit } from './written.js';
import type { Place, Written, WrittenEntry } from './written.js';

/** A template object of the program that says where it is from: `CheckoutTask.defineSteps()`. */
export class CodeTemplate {
  constructor(
    readonly label: string,
    readonly definition: TemplateDefinition,
  ) {}
}

/** A template object of the program as a tree with places such as `code: step_templates[2].handler_class`. */
export function readCode(label: string, definition: unknown, findings: Findings): Written {
  return new CodeReader(label, findings).read(definition, '', []);
}

class CodeReader {
  private values = 0;
  private full = false;

  constructor(
    private readonly label: string,
    private readonly findings: Findings,
  ) {}

  /** @param around - the collections that hold the value, outermost first */
  read(value: unknown, path: string, around: readonly unknown[]): Written {
    const at: Place = { text: path === '' ? this.label : `${this.label}: ${path}`, order: this.values };
    if ((this.values += Array.isArray(value) ? value.length + 1 : 1) > MAX_VALUES) return this.tooMany(at);
    const wrong = wrongWith(value, around);
    if (wrong !== null) return this.refuse(at, wrong);
    if (Array.isArray(value)) {
      const items = Array.from(value, (item, n) => this.read(item, `${path}[${n}]`, [...around, value]));
      return { kind: 'list', at, items };
    }
    if (isPlainObject(value)) return this.map(value, path, at, [...around, value]);
    return { kind: 'scalar', at, value: value as string | number | boolean | null };
  }

  private map(value: Record<string, unknown>, path: string, at: Place, around: readonly unknown[]): Written {
    const entries = new Map<string, WrittenEntry>();
    for (const key of Object.keys(value)) {
      const keyAt: Place = { text: `${this.label}: ${keyPath(path, key)}`, order: this.values };
      const wrong = key === '__proto__' ? 'the key "__proto__" is not allowed: rename it' : unfit(key);
      if (wrong) this.refuse(keyAt, wrong);
      else {
        const inner = this.property(value, key, keyAt);
        if (inner !== undefined) entries.set(key, { keyAt, value: this.read(inner, keyPath(path, key), around) });
      }
    }
    return { kind: 'map', at, entries };
  }

  /** A getter of the program may throw; that is a finding too. */
  private property(value: Record<string, unknown>, key: string, at: Place): unknown {
    try {
      return value[key];
    } catch (error) {
      this.refuse(at, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Told once: every further value is too many as well. */
  private tooMany(at: Place): Written {
    if (this.full) return { kind: 'unreadable', at };
    this.full = true;
    return this.refuse(at, `more than ${MAX_VALUES.toLocaleString('en')} values: make it smaller`);
  }

  private refuse(at: Place, message: string): Written {
    this.findings.report(at, message);
    return { kind: 'unreadable', at };
  }
}

function wrongWith(value: unknown, around: readonly unknown[]): string | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string' || typeof value === 'number') return unfit(value);
  if (typeof value !== 'object')
    return `a value of type ${typeof value} is not JSON: give text, a number, a list or a map`;
  if (around.includes(value)) return 'the value holds itself: it has no end';
  if (around.length >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels: make it flatter`;
  if (Array.isArray(value) || isPlainObject(value)) return null;
  return `an object of class ${value.constructor?.name || 'unknown'} is not JSON: give text, a number, a list or a map`;
}
