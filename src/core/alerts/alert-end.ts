/** Why an alert does not fire any more: it is over, it was switched off, or nothing declares it any more. */
export const ALERT_ENDS = ['recovered', 'disabled', 'removed'] as const;
export type AlertEnd = (typeof ALERT_ENDS)[number];
