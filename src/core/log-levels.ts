import { didYouMean } from './suggest.js';

/** How grave a log line is, least grave first. */
export const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Parts of Tasker that log lines come from, as `component` says; each may have a level of its own. */
export const LOG_COMPONENTS = {
  alerts: 'alerts of templates',
  analytics: 'roll-ups',
  audit: 'what templates with audit logging have done, and who read it',
  auth: 'who was refused',
  circuits: 'systems that steps depend on',
  database: 'the embedded PostgreSQL',
  delivery: 'durable subscriptions, and subscribers to all processes',
  events: 'publishing within the process, and its subscribers',
  exports: 'scheduled exports',
  handlers: 'step and task handlers, and what they write to their `logger`',
  heartbeat: 'signs of life',
  http: 'requests: one line each, those that change nothing at `debug`',
  limits: 'steps of limited templates',
  metrics: 'what is measured',
  notifications: 'hints between processes',
  registry: 'what is registered, one line each at `debug`',
  rescuer: 'steps of dead workers, and attempts that hang',
  retention: 'deletion of old tasks',
  server: 'the process: its end, and what it did not expect',
  streams: 'server-sent events',
  templates: 'loading and storing templates',
  threads: 'worker threads of step handlers',
  worker: 'claiming, running and settling steps',
} as const;
export type LogComponent = keyof typeof LOG_COMPONENTS;

export interface LogLevels {
  /** Of all components that have none of their own, and of the application's own loggers. */
  base: Severity;
  components: ReadonlyMap<string, Severity>;
}

/** Nest's words for two of them. */
const ALIASES: Record<string, Severity> = { verbose: 'trace', log: 'info' };
const WORDS = [...SEVERITIES, ...Object.keys(ALIASES)];
const COMPONENTS = Object.keys(LOG_COMPONENTS);
const DEFAULT: Severity = 'info';

/**
 * Reads `info,worker=debug,http=warn`: a level for all, and levels of components.
 *
 * @returns the levels, and everything that is wrong with the text: they may be used only where nothing is
 */
export function readLogLevels(text: string): { levels: LogLevels; problems: string[] } {
  const problems: string[] = [];
  const components = new Map<string, Severity>();
  let base: Severity | null = null;
  const level = (word: string): Severity => {
    if (!WORDS.includes(word)) {
      problems.push(`"${word}" is no level.${didYouMean(word, WORDS) || ` Levels: ${SEVERITIES.join(', ')}.`}`);
    }
    return ALIASES[word] ?? (word as Severity);
  };
  for (const part of text.split(',').map((one) => one.trim())) {
    const [name, word, ...more] = part.split('=').map((one) => one.trim());
    if (word === undefined) {
      if (base !== null) problems.push(`"${part}" is a second level for all: write component=level.`);
      base = level(name!);
    } else if (more.length > 0) problems.push(`"${part}" must be component=level.`);
    else if (!COMPONENTS.includes(name!)) {
      const hint = didYouMean(name!, COMPONENTS) || ` Components: ${COMPONENTS.join(', ')}.`;
      problems.push(`"${name}" is no component.${hint}`);
    } else if (components.has(name!)) problems.push(`"${name}" is given twice.`);
    else components.set(name!, level(word));
  }
  return { levels: { base: base ?? DEFAULT, components }, problems };
}
