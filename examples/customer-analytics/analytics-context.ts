/** The context of a `customer_analytics`: the schema has filled in its defaults. */
export interface AnalyticsContext {
  /** Both days are part of it. */
  date_range: DateRange;
  force_refresh?: boolean;
  notification_channels?: string[];
  processing_mode?: ProcessingMode;
  quality_thresholds?: Partial<QualityThresholds>;
}

/** Days as `2026-01-31`. */
export interface DateRange {
  start_date: string;
  end_date: string;
}

export type ProcessingMode = 'standard' | 'high_memory' | 'distributed';

export interface QualityThresholds {
  min_customer_records: number;
  /** A share, 0 to 1. */
  max_null_percentage: number;
  min_order_records: number;
}

export const DEFAULT_THRESHOLDS: QualityThresholds = {
  min_customer_records: 100,
  max_null_percentage: 0.05,
  min_order_records: 50,
};
