import { eventId, isAfter, placeOf } from './event-id.js';

describe('eventId', () => {
  it('is the same for the same event, and says its place', () => {
    const place = { auditNo: 9_007_199_254_740, eventNo: 1 };
    const id = eventId(place, ['task', 0, 1, 'claimed', 'step.started']);
    expect(eventId(place, ['task', 0, 1, 'claimed', 'step.started'])).toBe(id);
    expect(placeOf(id)).toEqual(place);
  });

  it('is another where another event has got the place', () => {
    const place = { auditNo: 1, eventNo: 0 };
    expect(eventId(place, ['task', 0])).not.toBe(eventId(place, ['other', 0]));
  });

  it('is told from what is none', () => {
    for (const text of ['', '1', '1-2', '1-2-3', 'a-0-00000000', '1-0-0000000g', '12345678901234567-0-00000000']) {
      expect(placeOf(text)).toBeNull();
    }
  });

  it('orders by row, then by the events of a row', () => {
    expect(isAfter({ auditNo: 2, eventNo: 0 }, { auditNo: 1, eventNo: 9 })).toBe(true);
    expect(isAfter({ auditNo: 1, eventNo: 1 }, { auditNo: 1, eventNo: 0 })).toBe(true);
    expect(isAfter({ auditNo: 1, eventNo: 0 }, { auditNo: 1, eventNo: 0 })).toBe(false);
  });
});
