import { createHash } from 'node:crypto';

/** A place in the order of all events: a row of the audit, and which of the events that it stands for. */
export interface EventPlace {
  auditNo: number;
  eventNo: number;
}

const FORM = /^(\d{1,16})-(\d{1,4})-[0-9a-f]{8}$/;

/**
 * The id of an event, the same whenever it is delivered: its place, from which reading can go on, and a digest of what it
 * is, so that it is not taken for another that got the place in a database that was restored to an earlier state.
 */
export function eventId({ auditNo, eventNo }: EventPlace, key: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(key.join(' ')).digest('hex').slice(0, 8);
  return `${auditNo}-${eventNo}-${digest}`;
}

/** The place of the event with this id; null for what is no id. */
export function placeOf(id: string): EventPlace | null {
  const [, auditNo, eventNo] = FORM.exec(id) ?? [];
  return auditNo === undefined ? null : { auditNo: Number(auditNo), eventNo: Number(eventNo) };
}

export const isAfter = (a: EventPlace, b: EventPlace): boolean =>
  a.auditNo > b.auditNo || (a.auditNo === b.auditNo && a.eventNo > b.eventNo);
