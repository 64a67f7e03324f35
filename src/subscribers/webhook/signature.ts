import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The headers by which a receiver knows a message, and that it came from here: those of Standard Webhooks, for which
 * there are libraries in most languages. The signature is an HMAC-SHA256 over `<id>.<timestamp>.<body>`.
 *
 * @param secret - a text, or `whsec_` and base64; null for no signature
 * @param nowMs - milliseconds since 1970
 */
export function webhookHeaders(id: string, body: string, secret: string | null, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === null) return headers;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');
