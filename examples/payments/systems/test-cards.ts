import type { Decline } from '../payment-errors.js';

/** A card as the gateway knows it by its token. */
export interface Card {
  brand: string;
  last_four: string;
  /** Last day that it is good for, as 2030-12-31. */
  expires_on: string;
  cvv_check: 'pass' | 'fail';
  /** Largest payment, in cents. */
  limit_cents: number;
}

/** What `POST /risk_assessments` takes and answers. */
export interface RiskQuestion {
  amount_cents: number;
  token: string;
}
export interface Risk {
  /** 0 to 1. */
  risk_score: number;
  reasons: string[];
}

const GOOD: Card = {
  brand: 'visa',
  last_four: '4242',
  expires_on: '2099-12-31',
  cvv_check: 'pass',
  limit_cents: 2_000_000,
};

const DECLINES: Record<string, Decline> = {
  tok_declined: { code: 'card_declined', message: 'The bank says no' },
  tok_no_funds: { code: 'insufficient_funds', message: 'The account is empty' },
  tok_fraud: { code: 'fraud_detected', message: 'The card is reported stolen' },
  tok_no_cvv: { code: 'incorrect_cvv', message: 'The security code is wrong' },
};

const found = <T>(table: Record<string, T>, token: string): T | undefined =>
  Object.entries(table).find(([start]) => token === start || token.startsWith(`${start}_`))?.[1];

/** Why a payment is declined; null where it is not. @param checks - what the merchant asks the gateway to check */
export function declineOf(
  token: string,
  { require_cvv = true, fraud_detection = true }: { require_cvv?: boolean; fraud_detection?: boolean },
): Decline | null {
  const decline = found(DECLINES, token);
  if (!decline) return null;
  if (decline.code === 'incorrect_cvv' && !require_cvv) return null;
  if (decline.code === 'fraud_detected' && !fraud_detection) return null;
  return decline;
}

/** The card behind a token; null for tokens that do not begin with `tok_`. */
export function cardOf(token: string): Card | null {
  if (!token.startsWith('tok_')) return null;
  if (token.startsWith('tok_expired')) return { ...GOOD, expires_on: '2020-01-31' };
  if (token.startsWith('tok_no_cvv')) return { ...GOOD, cvv_check: 'fail' };
  if (token.startsWith('tok_small')) return { ...GOOD, limit_cents: 5_000 };
  return GOOD;
}

/** How much a payment smells of fraud: the larger it is, the more; and much more for a card that is reported. */
export function assessed({ amount_cents, token }: RiskQuestion): Risk {
  const reported = token.startsWith('tok_fraud');
  const byAmount = Math.min(amount_cents / 1_000_000, 1) * 0.6;
  const reasons = [...(byAmount > 0.3 ? ['unusually large'] : []), ...(reported ? ['card reported stolen'] : [])];
  return { risk_score: Math.round((reported ? 0.9 : byAmount) * 100) / 100, reasons };
}
