import { signOf, stateSpan } from '../terminal/state-look.js';
import { inColour, painted, printable, type Span } from '../terminal/style.js';
import type {
  CauseAnswer,
  ExplanationAnswer,
  ReasonAnswer,
  RemedyAnswer,
  StepExplanationAnswer,
} from './explanation-answer.js';
import { failureText } from './task-report.js';

/** An explanation, for people: what holds the task, what moves it, and each step with its own reasons. */
export function explanationReport(explanation: ExplanationAnswer, colours = inColour()): string {
  const { full_name: name, task_id: id, status, execution_status: execution } = explanation;
  const lines: Span[][] = [
    [
      { text: printable(name), style: 'bold' },
      { text: `  ${id}`, style: 'dim' },
    ],
    [signOf(status), { text: ' ' }, stateSpan(status), { text: `  ${execution}`, style: 'dim' }],
    [],
    ...section('Why', explanation.reasons.flatMap(causeLines)),
    ...section('What moves it', explanation.what_moves_it.map(remedyLine)),
    ...section('Steps', explanation.steps.flatMap(stepLines)),
  ];
  const more = explanation.steps_left_out;
  if (more > 0) lines.push([{ text: `  … ${more} more unfinished; see --step and --limit`, style: 'dim' }]);
  return `${lines
    .map((line) => painted(line, colours).trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

const section = (title: string, lines: Span[][]): Span[][] =>
  lines.length === 0 ? [] : [[{ text: title, style: 'bold' }], ...lines, []];

function causeLines(cause: CauseAnswer): Span[][] {
  const rest = cause.step_count - cause.steps.length;
  const names = [...cause.steps, ...(rest > 0 ? [`${rest} more`] : [])].map(printable).join(', ');
  const behind =
    cause.holds > 0
      ? [
          {
            text: `  (${cause.holds === 1 ? '1 step waits' : `${cause.holds} steps wait`} for that)`,
            style: 'dim' as const,
          },
        ]
      : [];
  return [
    [{ text: '  ' }, kindSpan(cause), { text: names === '' ? '' : `  ${names}`, style: 'bold' }, ...behind],
    [{ text: `    ${printable(cause.detail)}` }],
    ...blockerLine(cause, '    '),
  ];
}

function stepLines(step: StepExplanationAnswer): Span[][] {
  return [
    [
      { text: '  ' },
      signOf(step.status),
      { text: ` ${printable(step.name)}`, style: 'bold' },
      { text: '  ' },
      stateSpan(step.status),
      { text: `  ${step.attempts}/${step.retry_limit}`, style: 'dim' },
    ],
    ...step.reasons.flatMap((each) => [
      [{ text: '    ' }, kindSpan(each), { text: `  ${printable(each.detail)}` }],
      ...blockerLine(each, '      '),
    ]),
    ...step.errors.map((error): Span[] => [
      { text: `    attempt ${error.attempt} ${error.outcome} at ${error.at}: `, style: 'dim' },
      { text: printable(failureText(error)), style: 'red' },
    ]),
  ];
}

/** What somebody has to do something about is red; what moves by itself is not. */
const kindSpan = ({ kind, moved_by: mover }: ReasonAnswer): Span => ({
  text: kind,
  style: mover === 'operator' || mover === 'deployment' ? 'red' : 'blue',
});

function blockerLine({ blocked_by: blockers, kind }: ReasonAnswer, indent: string): Span[][] {
  // of the others, the sentence says it
  if (!['dependencies', 'template_limit', 'task_limit', 'stopped'].includes(kind) || blockers.length === 0) return [];
  const names = blockers.map(({ type, id, name }) => [type, name, id].filter(Boolean).join(' '));
  return [[{ text: `${indent}held by ${printable(names.join(', '))}`, style: 'dim' }]];
}

const remedyLine = ({ action, effect, command }: RemedyAnswer): Span[] => [
  { text: `  ${action}`, style: 'green' },
  { text: `  ${printable(effect)}` },
  ...(command === null ? [] : [{ text: `\n    ${printable(command)}`, style: 'dim' as const }]),
];
