import { durationOf, errorOf } from '../../events/extract.js';
import { safeGet } from '../../events/safe-get.js';
import type { AnyEvent } from '../../events/tasker-events.js';

/** What Slack takes, in characters. */
const LONGEST = { header: 150, field: 2_000, section: 2_900 };

const ICONS: Record<string, string> = {
  'task.completed': ':white_check_mark:',
  'task.failed': ':x:',
  'task.cancelled': ':no_entry_sign:',
  'task.resolved_manually': ':wrench:',
  'step.failed': ':x:',
  'step.retry_scheduled': ':repeat:',
  'step.timed_out': ':hourglass:',
  'step.worker_lost': ':ghost:',
  'observability.worker.lost': ':ghost:',
  'alert.fired': ':rotating_light:',
  'alert.resolved': ':white_check_mark:',
};

export interface SlackMessage {
  /** For notifications, and for what shows no blocks. */
  text: string;
  blocks: object[];
}

/** A message that tells of an event. */
export function slackMessage(event: AnyEvent, environment: string): SlackMessage {
  const title = titleOf(event);
  const error = errorOf(event);
  const fields = fieldsOf(event, environment);
  return {
    text: escaped(error ? `${title}: ${error.message}` : title + subtitleOf(event)).slice(0, LONGEST.section),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, LONGEST.header), emoji: true } },
      {
        type: 'section',
        fields: fields.map(([name, value]) => markdown(`*${name}*\n${escaped(value)}`, LONGEST.field)),
      },
      ...(error ? [{ type: 'section', text: markdown(errorText(error), LONGEST.section) }] : []),
      ...(isAlert(event) ? [{ type: 'section', text: markdown(alertText(event), LONGEST.section) }] : []),
      { type: 'context', elements: [markdown(contextOf(event), LONGEST.field)] },
    ],
  };
}

function titleOf(event: AnyEvent): string {
  const icon = ICONS[event.event] ?? ':information_source:';
  const subject =
    safeGet(event, 'alert_name', '') ||
    safeGet(event, 'step_name', '') ||
    safeGet(event, 'task_name', '') ||
    safeGet(event, 'worker_name', '');
  return `${icon} ${event.event} ${subject}`.trim();
}

/** At most ten, which is what a section takes. */
function fieldsOf(event: AnyEvent, environment: string): [string, string][] {
  const seconds = durationOf(event);
  const said: [string, string][] = [
    ['Severity', safeGet(event, 'severity', '')],
    [
      isAlert(event) ? 'Template' : 'Task',
      isAlert(event) ? safeGet(event, 'task_name', '') : safeGet(event, 'task_name', ''),
    ],
    ['Namespace', safeGet(event, 'namespace', '')],
    ['Version', safeGet(event, 'version', '')],
    ['Step', safeGet(event, 'step_name', '')],
    ['Attempt', attemptOf(event)],
    ['Duration', seconds === null ? '' : `${seconds.toFixed(2)} s`],
    ['Next attempt', safeGet(event, 'next_retry_at', '')],
    ['Worker', safeGet(event, 'worker_name', '')],
    ['Firing since', isAlert(event) ? safeGet(event, 'fired_at', '') : ''],
    ['Environment', environment],
  ];
  return said.filter(([, value]) => value !== '');
}

function attemptOf(event: AnyEvent): string {
  const attempt = safeGet(event, 'attempt', 0);
  return attempt === 0 ? '' : `${attempt} of ${safeGet(event, 'retry_limit', 0)}`;
}

const isAlert = ({ event }: AnyEvent): boolean => event.startsWith('alert.');

/** What a notification says of an alert beside its name. */
const subtitleOf = (event: AnyEvent): string =>
  isAlert(event) ? `: ${safeGet(event, 'description', '') || safeGet(event, 'condition', '')}` : '';

/** What an alert means, its condition, and what the condition was asked over. */
function alertText(event: AnyEvent): string {
  const entries = (part: string): [string, unknown][] => Object.entries(safeGet(event, part, {}) as object);
  const shown = ([name, value]: [string, unknown]): string => `\`${escaped(name)}\` ${escaped(rounded(value))}`;
  const lines = [
    escaped(safeGet(event, 'description', '')),
    `\`\`\`${escaped(safeGet(event, 'condition', '')).replaceAll('```', "'''")}\`\`\``,
    entries('figures').map(shown).join(' · '),
    entries('labels').map(shown).join(' · '),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function rounded(value: unknown): string {
  if (value === null || value === undefined) return 'not known';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : `${value as string}`;
}

function errorText({ errorClass, code, message }: NonNullable<ReturnType<typeof errorOf>>): string {
  const name = code === null ? errorClass : `${errorClass} ${code}`;
  const shown = escaped(message)
    .replaceAll('```', "'''")
    .slice(0, LONGEST.section - 200);
  return `*${escaped(name)}*\n\`\`\`${shown}\`\`\``;
}

function contextOf(event: AnyEvent): string {
  const said = [
    ['task', safeGet(event, 'task_id', '')],
    ['correlation', safeGet(event, 'correlation_id', '')],
    ['at', event.timestamp],
  ];
  return escaped(said.flatMap(([name, value]) => (value === '' ? [] : [`${name} ${value}`])).join(' · '));
}

const markdown = (text: string, most: number) => ({ type: 'mrkdwn', text: text.slice(0, most) });

/** What would be markup of Slack's, as mentions of people, is shown as it stands. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
