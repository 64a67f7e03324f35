import type { EventKey, WaitingEvent } from '../persistence/stores/subscriptions.js';
import { isAfter } from './event-id.js';

/** The events of a subscription that were not taken yet, by task and in their order. */
export class WaitingEvents {
  private readonly byTask = new Map<string, WaitingEvent[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(taskId: string): boolean {
    return this.byTask.has(taskId);
  }

  /** The event that others of its task wait behind. */
  head(taskId: string): WaitingEvent | undefined {
    return this.byTask.get(taskId)?.[0];
  }

  /** In its place. @returns false if it is there already */
  add(event: WaitingEvent): boolean {
    const events = this.byTask.get(event.taskId) ?? [];
    if (events.some((other) => isSame(other, event))) return false;
    const place = events.findIndex((other) => isAfter(other, event));
    events.splice(place < 0 ? events.length : place, 0, event);
    this.byTask.set(event.taskId, events);
    this.count += 1;
    return true;
  }

  remove(event: WaitingEvent): void {
    const events = this.byTask.get(event.taskId)!;
    events.splice(events.indexOf(event), 1);
    this.count -= 1;
    if (events.length === 0) this.byTask.delete(event.taskId);
  }

  /** The tasks whose turn has come, and when the next one's comes. What nothing is before any more has its turn at once. */
  due(nowMs: number): { tasks: string[]; nextMs: number | null } {
    const tasks: string[] = [];
    let next: number | null = null;
    for (const [taskId, [head]] of this.byTask) {
      const at = head!.dueAt?.getTime() ?? 0;
      if (at <= nowMs) tasks.push(taskId);
      else next = Math.min(next ?? at, at);
    }
    return { tasks, nextMs: next };
  }
}

const isSame = (a: EventKey, b: EventKey): boolean => a.auditNo === b.auditNo && a.eventNo === b.eventNo;

export const keyOf = ({ auditNo, eventNo }: EventKey): string => `${auditNo} ${eventNo}`;
