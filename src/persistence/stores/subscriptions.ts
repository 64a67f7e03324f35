export const SUBSCRIPTION_STATES = ['active', 'paused'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** How a durable subscription stands. */
export interface SubscriptionFigures {
  name: string;
  state: SubscriptionState;
  /** What it asks for: names and patterns. */
  events: string[];
  /** Up to which number of the audit everything is delivered, waiting or parked. */
  position: number;
  /** Name of the process that delivers at present; null where none does, or there has been nothing to deliver for a while. */
  holder: string | null;
  createdAt: Date;
  /** When its position last changed. */
  movedAt: Date | null;
  /** Rows of the audit that it has not read. */
  lagRows: number;
  /** Age of the oldest row that it has not read. */
  lagSeconds: number;
  /** Events that will be tried again, and those behind them. */
  waiting: number;
  parked: number;
  oldestParkedAt: Date | null;
}

/** An event's place: the row of the audit, and which of the events that it stands for. */
export interface EventKey {
  auditNo: number;
  eventNo: number;
}

/** Why an event was not taken. */
export interface DeliveryFailure {
  message: string;
  error_class: string;
}

/** An event that is kept for a subscription: to be tried again, or parked. */
export interface KeptEvent extends EventKey {
  eventId: string;
  event: string;
  taskId: string;
  attempts: number;
  error: DeliveryFailure | null;
}

export interface WaitingEvent extends EventKey {
  taskId: string;
  attempts: number;
  /** Null of one behind another of its task. */
  dueAt: Date | null;
}

export interface ParkedEvent extends KeptEvent {
  failedAt: Date | null;
  parkedAt: Date;
}

/** What becomes of an event that was not taken. */
export interface Postponement {
  attempts: number;
  /** Until the next attempt; null for an event that waits behind another, or is parked. */
  delayMs: number | null;
  error: DeliveryFailure | null;
  parked: boolean;
}

/** What a process has done for a subscription since it last said so. */
export interface DeliveryProgress {
  position: number;
  kept: (Omit<KeptEvent, 'attempts' | 'error'> & Postponement)[];
  done: EventKey[];
  failed: (EventKey & Postponement)[];
}

/** The incarnation of a process. */
export interface Holder {
  id: string;
  /** Shown to operators. */
  name: string;
}
