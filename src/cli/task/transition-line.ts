import { signOf, stateSpan } from '../terminal/state-look.js';
import { printable, type Span } from '../terminal/style.js';
import type { TransitionAnswer } from './answers.js';

/** A change as one line: when, what, from where to where, and why. */
export function moveLine({ step, attempt, from, to, cause, at, worker, actor, reason }: TransitionAnswer): Span[] {
  const who = actor ?? worker;
  const remarks = [cause, ...(attempt === null ? [] : [`attempt ${attempt}`]), ...(who ? [who] : [])].join(', ');
  return [
    { text: `${at}  `, style: 'dim' },
    ...(to === null ? [] : [signOf(to), { text: ' ' }]),
    { text: step === null ? 'task' : printable(step), style: 'bold' },
    { text: '  ' },
    ...(from === null ? [] : [stateSpan(from), { text: ' → ' }]),
    ...(to === null ? [{ text: 'unchanged' }] : [stateSpan(to)]),
    { text: `  (${printable(remarks)})`, style: 'dim' },
    ...(reason === null ? [] : [{ text: `  ${printable(reason)}` }]),
  ];
}
