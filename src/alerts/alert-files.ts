import { compareBuild } from 'semver';
import { readDeclarations } from '../declarations/declaration-files.js';
import type { Finding } from '../core/errors.js';
import type { TaskTemplate } from '../core/template.js';
import { checkFigures } from '../templates/alert-names.js';
import { key, located, reader, type Located, type Reader, type Reading } from '../templates/reader.js';
import { record } from '../templates/record.js';
import { ALERT_KEYS, alertOf, type LocatedAlert } from '../templates/shape/alert-shape.js';
import { name } from '../templates/shape/names.js';
import { listOf } from '../templates/values.js';
import { quoted } from '../templates/written.js';
import { DeclaredAlert, scopeOf } from './declared-alert.js';

/** An alert as its file says it. */
interface WrittenAlert {
  alert: LocatedAlert;
  namespace: Located<string> | null;
  template: Located<string> | null;
}

const keys = record(
  {
    ...ALERT_KEYS,
    namespace: key('The namespace that it is about; all of them without one', located(name)),
    template: key(
      'The template that it is about, by its name in the namespace; all of them without one',
      located(name),
    ),
  },
  { what: 'an alert', required: ['name', 'condition'] },
);

const alert: Reader<WrittenAlert> = reader(keys.jsonSchema, (written, label, reading) => {
  const { namespace = null, template = null, ...fields } = keys(written, label, reading) ?? {};
  const read = alertOf(fields);
  return read === null ? undefined : { alert: read, namespace, template };
});

const file = record(
  { alerts: key('What to tell of', listOf(alert, 'alerts')) },
  { what: 'a file of alerts', required: ['alerts'] },
);

/**
 * The alerts that files declare.
 *
 * @param sources - files, or folders of them
 * @param templates - that this process has loaded: what alerts are about must be among them
 * @param findings - takes everything that is wrong
 */
export function readAlertFiles(
  sources: readonly string[],
  templates: readonly TaskTemplate[],
  env: NodeJS.ProcessEnv,
  findings: Finding[],
): DeclaredAlert[] {
  const lists: (() => Finding[])[] = [];
  const what = 'alerts: with a name and a condition for each';
  const documents = readDeclarations(sources, what, file, env, (list) => void lists.push(list));
  const first = new Map<string, string>();
  const declared = documents.flatMap(({ said, reading }) =>
    (said.alerts ?? []).flatMap((written) => prove(written, templates, reading, first)),
  );
  findings.push(...lists.flatMap((list) => list()));
  return declared;
}

function prove(
  { alert: one, namespace, template }: WrittenAlert,
  templates: readonly TaskTemplate[],
  reading: Reading,
  first: Map<string, string>,
): DeclaredAlert[] {
  const { findings } = reading;
  const before = findings.size;
  const { at, value } = one;
  const known = first.get(value.name);
  if (known === undefined) first.set(value.name, at.text);
  else findings.report(at, `the alert ${quoted(value.name)} is declared twice, first at ${known}: rename one`);

  const about = subjectOf({ alert: one, namespace, template }, templates, reading);
  if (findings.size > before || about === null) return [];
  checkFigures(one, scopeOf(value, about ?? null), reading);
  if (findings.size > before) return [];
  const subject = { namespace: namespace?.value ?? null, template: template?.value ?? null, version: null };
  return [new DeclaredAlert(value, subject, about ?? null, false)];
}

/** The template that it is about; undefined where that is no single one, null where there is a finding. */
function subjectOf(
  { alert: { value, places }, namespace, template }: WrittenAlert,
  templates: readonly TaskTemplate[],
  { findings, suggestions }: Reading,
): TaskTemplate | undefined | null {
  const within = templates.filter((each) => namespace === null || each.namespace === namespace.value);
  if (namespace && within.length === 0) {
    const spaces = [...new Set(templates.map((each) => each.namespace))];
    const mend = suggestions.didYouMean(namespace.value, spaces);
    findings.report(namespace.at, `no template of the namespace ${quoted(namespace.value)} is loaded here.${mend}`);
    return null;
  }
  if (template === null) {
    if (value.step === undefined) return undefined;
    findings.report(places.step!, 'a step is one of a template: name its namespace and its template, too');
    return null;
  }
  if (namespace === null) {
    findings.report(template.at, 'a template is one of a namespace: name that, too');
    return null;
  }
  const versions = within.filter((each) => each.name === template.value);
  if (versions.length === 0) {
    const mend = suggestions.didYouMean(
      template.value,
      within.map((each) => each.name),
    );
    findings.report(
      template.at,
      `no template ${quoted(`${namespace.value}.${template.value}`)} is loaded here.${mend}`,
    );
    return null;
  }
  const newest = versions.reduce((best, each) => (compareBuild(each.version, best.version) > 0 ? each : best));
  if (value.step === undefined || newest.steps.some((each) => each.name === value.step)) return newest;
  const mend = suggestions.didYouMean(
    value.step,
    newest.steps.map((each) => each.name),
  );
  findings.report(places.step!, `${quoted(template.value)} has no step ${quoted(value.step)}.${mend}`);
  return null;
}
