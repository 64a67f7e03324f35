const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|[+-](?:0\d|1\d|2[0-3]):?[0-5]\d))?$/;

/** The moment that an ISO 8601 text names; null if it names none, such as 30 February, or does not say its offset. */
export function parseInstant(text: string): Date | null {
  const match = INSTANT.exec(text);
  if (!match) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    ...number[],
  ];
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const exists = year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  if (!exists || hour > 23 || minute > 59 || second > 59) return null;
  const moment = new Date(
    text.replace(/([+-]\d\d)(\d\d)$/, (offset, hours: string, minutes: string) =>
      text.includes('T') ? `${hours}:${minutes}` : offset,
    ),
  );
  return Number.isNaN(moment.getTime()) ? null : moment;
}
