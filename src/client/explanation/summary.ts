import { fullName } from '../../core/template.js';
import type { Cause } from './explanation.js';
import { amount } from './phrases.js';
import { ACTIONS, type Remedy } from './remedy.js';
import { isFinished, type Standing } from './standing.js';

/** What an operator reads first, and most of the time last: how far it is, what holds it, what moves it. */
export function summaryOf(
  standing: Standing,
  [first, ...others]: readonly Cause[],
  [remedy]: readonly Remedy[],
): string {
  const { snapshot, task } = standing;
  const done = snapshot.states.filter(isFinished).length;
  const total = snapshot.states.length;
  return [
    `${fullName(task)} (${task.state}): ${done} of ${amount(total, 'step')} finished.`,
    ...(first ? [`${subject(first)}${first.detail}`] : []),
    ...(first && first.holds > 0
      ? [`${amount(first.holds, 'step')} ${first.holds === 1 ? 'waits' : 'wait'} for that.`]
      : []),
    ...(others.length > 0
      ? [`There ${others.length === 1 ? 'is' : 'are'} ${amount(others.length, 'more reason')}.`]
      : []),
    ...(remedy ? [`What moves it: ${ACTIONS[remedy.action]}`] : []),
  ].join(' ');
}

function subject({ steps, stepCount }: Cause): string {
  if (stepCount === 0) return '';
  const rest = stepCount - 1;
  return `${steps[0]}${rest > 0 ? ` and ${amount(rest, 'other')}` : ''}: `;
}
