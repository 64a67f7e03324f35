import { LineCounter, Scalar, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Alias, Document, Node, YAMLMap, YAMLSeq } from 'yaml';
import type { Findings } from './findings.js';
import { firstTooDeep } from './nesting.js';
import { MAX_DEPTH, MAX_VALUES, quoted, unfit } from './written.js';
import type { Place, Written, WrittenEntry } from './written.js';

/** Syntax errors breed more: of one document, so many are told. */
const MAX_SYNTAX_FINDINGS = 20;

/** A line's indicators are counted somewhat generously, so that only the reader's exact limit is met in practice. */
const MAX_TOKEN_DEPTH = 2 * MAX_DEPTH;

/**
 * The documents of a YAML file; one with mistakes in its syntax is answered with findings only.
 *
 * @param what - to write into a file that is empty
 */
export function readYaml(
  file: string,
  text: string,
  findings: Findings,
  what = 'a task template with at least name and step_templates',
): Written[] {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, order: offset };
  };
  const deep = firstTooDeep(text, MAX_TOKEN_DEPTH);
  if (deep !== null) {
    lines.addNewLine(0);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
    findings.report(at(deep), TOO_DEEP);
    return [];
  }
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The YAML 1.2 core schema whatever a %YAML directive says: no dates, no `yes` that means true.
    schema: 'core',
    resolveKnownTags: false,
    intAsBigInt: true,
    // Checked here instead: the parser compares every key with every other.
    uniqueKeys: false,
  });
  const documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
  const written = documents.filter((document) => !isEmpty(document));
  if (written.length === 0) findings.report(at(0), `the file is empty: write ${what}`);
  return written.flatMap((document) => {
    const { errors, warnings } = document;
    for (const { pos, message } of [...errors, ...warnings].slice(0, MAX_SYNTAX_FINDINGS)) {
      findings.report(at(pos[0]), `YAML: ${firstLine(message)}`);
    }
    return errors.length > 0 ? [] : [new YamlReader(at, findings).read(document.contents, 0, 0)];
  });
}

/** The parser repeats what it read, however long. */
const firstLine = (message: string): string => message.split('\n', 1)[0]!.slice(0, 200);

const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels: make it flatter`;

const isEmpty = ({ contents, errors, warnings }: Document.Parsed): boolean =>
  errors.length + warnings.length === 0 && (contents === null || (isScalar(contents) && contents.source === ''));

/** Reads one document. Aliases share what they stand for, so that a bomb of them costs nothing until it is counted. */
class YamlReader {
  private readonly anchors = new Map<string, { written: Written; values: number }>();
  /** Anchors met so far, also those whose value is still being read. */
  private readonly open = new Set<string>();
  private readonly heights = new Map<Written, number>();
  private values = 0;
  private full = false;

  constructor(
    private readonly place: (offset: number) => Place,
    private readonly findings: Findings,
  ) {}

  /** @param fallback - offset to name where the node has none, because nothing is written */
  read(node: unknown, depth: number, fallback: number): Written {
    const at = this.place((node as Node | null)?.range?.[0] ?? fallback);
    if (isAlias(node)) return this.alias(node, depth, at);
    if (++this.values > MAX_VALUES) return this.tooMany(at);
    const before = this.values;
    const anchor = (node as Node | null)?.anchor;
    if (anchor) this.open.add(anchor);
    const written = isMap(node)
      ? this.map(node, depth, at)
      : isSeq(node)
        ? this.list(node, depth, at)
        : this.scalar(isScalar(node) ? node.value : null, at);
    if (anchor) this.anchors.set(anchor, { written, values: this.values - before + 1 });
    return written;
  }

  private alias({ source }: Alias, depth: number, at: Place): Written {
    const target = this.anchors.get(source);
    if (!target) {
      return this.refuse(
        at,
        this.open.has(source)
          ? `the alias *${source} stands inside its own anchor: it has no end`
          : `the alias *${source} names no anchor before it: correct it, or write the value`,
      );
    }
    this.values += target.values;
    if (this.values > MAX_VALUES) return this.tooMany(at);
    return this.fits(target.written, depth) ? target.written : this.refuse(at, TOO_DEEP);
  }

  private list(node: YAMLSeq, depth: number, at: Place): Written {
    const items = node.items.map((item) => this.read(item, depth + 1, at.order));
    return this.collected({ kind: 'list', at, items }, items, depth);
  }

  private map(node: YAMLMap, depth: number, at: Place): Written {
    const entries = new Map<string, WrittenEntry>();
    const merged: Written[] = [];
    for (const { key, value } of node.items) {
      const keyAt = this.place((key as Node | null)?.range?.[0] ?? at.order);
      const read = this.read(value, depth + 1, keyAt.order);
      if (isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN) merged.push(...this.mergeable(read));
      else if (this.isKey(key, keyAt, entries)) entries.set(key.value, { keyAt, value: read });
    }
    for (const source of merged) {
      if (source.kind !== 'map') continue;
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return this.collected(
      { kind: 'map', at, entries },
      [...entries.values()].map(({ value }) => value),
      depth,
    );
  }

  private isKey(key: unknown, at: Place, entries: ReadonlyMap<string, WrittenEntry>): key is Scalar<string> {
    if (!isScalar(key) || typeof key.value !== 'string') {
      const source = isScalar(key) ? key.source : undefined;
      this.refuse(at, source ? `keys are text: write '${source}' in quotes` : 'keys are text: this one is not');
      return false;
    }
    const first = entries.get(key.value);
    const wrong = first
      ? `the key ${quoted(key.value)} is given twice, first at ${first.keyAt.text}: remove one`
      : key.value === '__proto__'
        ? 'the key "__proto__" is not allowed: rename it'
        : unfit(key.value);
    if (wrong) this.refuse(at, wrong);
    return wrong === null;
  }

  /** The maps that a `<<` key merges: one, or a list of them. */
  private mergeable(written: Written): readonly Written[] {
    const maps = written.kind === 'list' ? written.items : [written];
    for (const map of maps) {
      if (map.kind === 'scalar' || map.kind === 'list')
        this.refuse(map.at, 'a "<<" key takes a map, or a list of maps');
    }
    return maps;
  }

  private scalar(value: unknown, at: Place): Written {
    if (typeof value === 'bigint') {
      const number = Number(value);
      if (Number.isSafeInteger(number)) return { kind: 'scalar', at, value: number };
      return this.refuse(at, `the number ${quoted(String(value)).slice(1, -1)} would lose digits: write it in quotes`);
    }
    if (value === null || typeof value === 'boolean') return { kind: 'scalar', at, value };
    if (typeof value !== 'string' && typeof value !== 'number') return this.refuse(at, 'this is not a value of JSON');
    const wrong = unfit(value);
    return wrong ? this.refuse(at, wrong) : { kind: 'scalar', at, value };
  }

  private collected(written: Written, inner: readonly Written[], depth: number): Written {
    this.heights.set(written, 1 + inner.reduce((most, each) => Math.max(most, this.heights.get(each) ?? 0), 0));
    return this.fits(written, depth) ? written : this.refuse(written.at, TOO_DEEP);
  }

  private fits(written: Written, depth: number): boolean {
    return depth + (this.heights.get(written) ?? 0) <= MAX_DEPTH;
  }

  /** Told once: every further value is too many as well. */
  private tooMany(at: Place): Written {
    if (this.full) return { kind: 'unreadable', at };
    this.full = true;
    return this.refuse(at, TOO_MANY);
  }

  private refuse(at: Place, message: string): Written {
    this.findings.report(at, message);
    return { kind: 'unreadable', at };
  }
}

const TOO_MANY = `more than ${MAX_VALUES.toLocaleString('en')} values, those of aliases included: make it smaller`;
