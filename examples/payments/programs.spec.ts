import { runCompositionExample } from './composition-example.js';
import { runIntegrationExample } from './integration-example.js';

const lines: string[] = [];
beforeEach(() => lines.splice(0));
const print = (line: string): void => void lines.push(line);

describe('the integration example', () => {
  it('goes through its nine stages on the real engine', async () => {
    const summary = await runIntegrationExample(print);
    const stages = lines.map((line) => /^\n(\d)\. (\w+)/.exec(line)?.slice(1)).filter(Boolean);
    expect(stages).toEqual([
      ['1', 'Handlers'],
      ['2', 'Registration'],
      ['3', 'Verification'],
      ['4', 'Configuration'],
      ['5', 'Test'],
      ['6', 'Registries'],
      ['7', 'Execution'],
      ['8', 'Errors'],
      ['9', 'Summary'],
    ]);
    expect(summary).toMatchObject({ status: 'complete', refusedWith: 'AMOUNT_EXCEEDED' });
    expect(summary.events).toBeGreaterThan(8);
    expect(lines.join('\n')).toContain('"transaction_fee":2.9');
  });
});

describe('the composition example', () => {
  it('runs two handlers alone, and into their errors', async () => {
    await runCompositionExample(print);
    const told = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), JSON.parse(line.slice(line.indexOf(':') + 1)) as unknown]),
    );
    expect(told).toMatchObject({
      payment: { amount_processed: 99.99, transaction_fee: 2.9, retry_count: 0, handler: 'ComposedPaymentHandler' },
      notification: { message_type: 'email', recipient: 'customer@example.org' },
      'no amount': { code: 'INVALID_AMOUNT', retried: false },
      'a large amount': { retried: true, after_seconds: 300 },
      'by pigeon': { code: 'UNSUPPORTED_TYPE', retried: false },
      'busy lines': { retried: true, after_seconds: 60 },
    });
    expect((told.notification as { payment_reference: string }).payment_reference).toBe(
      (told.payment as { payment_id: string }).payment_id,
    );
  });
});
