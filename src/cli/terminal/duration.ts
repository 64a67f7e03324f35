const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time as people say it: `0.12 s`, `12.3 s`, `4 min 5 s`, `2 d 3 h`. */
export function durationText(ms: number): string {
  const time = Math.max(0, ms);
  if (time < 10 * SECOND) return `${(time / SECOND).toFixed(2)} s`;
  if (time < MINUTE) return `${(time / SECOND).toFixed(1)} s`;
  const [large, small, names] =
    time < HOUR ? [MINUTE, SECOND, ['min', 's']] : time < DAY ? [HOUR, MINUTE, ['h', 'min']] : [DAY, HOUR, ['d', 'h']];
  return `${Math.floor(time / large)} ${names[0]} ${Math.floor((time % large) / small)} ${names[1]}`;
}

/** From one time to another, or to now where the second has not come; empty where the first has not. */
export function elapsedText(from: string | null, to: string | null, now = Date.now()): string {
  return from === null ? '' : durationText((to === null ? now : Date.parse(to)) - Date.parse(from));
}

/** Of the last attempt: how long it runs or ran; empty for one that failed and is to be followed by another. */
export const attemptText = (
  step: { status: string; started_at: string | null; completed_at: string | null },
  now?: number,
): string =>
  step.completed_at !== null || step.status === 'in_progress'
    ? elapsedText(step.started_at, step.completed_at, now)
    : '';
