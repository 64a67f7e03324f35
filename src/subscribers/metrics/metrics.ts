/** Words that a figure is told apart by. No ids: their number would grow without end. */
export type Labels = Readonly<Record<string, string>>;

/** Takes figures. */
export interface Metrics {
  /** Adds to a counter. @param by - @default 1 */
  count(name: string, labels: Labels, by?: number): void;
  /** Adds a value, as a duration in seconds, to those that were observed. */
  observe(name: string, labels: Labels, value: number): void;
}

export interface CounterSnapshot {
  name: string;
  labels: Labels;
  value: number;
}

export interface ObservationSnapshot {
  name: string;
  labels: Labels;
  count: number;
  sum: number;
  min: number;
  max: number;
}

export interface MetricsSnapshot {
  counters: CounterSnapshot[];
  observations: ObservationSnapshot[];
  /** Figures that were left out, because there were too many combinations of labels. */
  dropped: number;
}
