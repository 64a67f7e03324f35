import { alertId } from './alert-id.js';
import { figureNamed, figureNames } from './figure-names.js';
import { ALERT_LABELS, FIGURES, OF_THE_SCOPE, SYNONYMS } from './figures.js';

const steps = ['payment_processing', 'payment', 'send-mail'];
const TEMPLATE = { step: null, steps, metrics: ['payment_success_rate', 'delivery_rate', 'attempts'] };
const STEP = { ...TEMPLATE, step: 'payment' };

const figure = (name: string, step: string | null = null) => ({ kind: 'figure', figure: name, step });

describe('a name in the condition of an alert', () => {
  it.each([
    ['queue_depth', figure('queue_depth')],
    ['success_rate', figure('task_success_rate')],
    ['duration_p99', figure('task_duration_p99')],
    ['step_success_rate', figure('step_success_rate')],
    ['workflow_completion_rate', figure('task_success_rate')],
    ['payment_processing_success_rate', figure('step_success_rate', 'payment_processing')],
    ['payment_processing_duration', figure('step_execution_time', 'payment_processing')],
    ['payment_success_rate', figure('step_success_rate', 'payment')],
    ['send_mail_retries', figure('retries', 'send-mail')],
    ['send_mail_execution_time_max', figure('step_execution_time_max', 'send-mail')],
    ['send_mail_step_error_rate', figure('step_error_rate', 'send-mail')],
    ['delivery_rate', { kind: 'metric', metric: 'delivery_rate' }],
    ['attempts', figure('attempts')],
    ['environment', { kind: 'label' }],
    ['payment_queue_depth', null],
    ['payment_task_duration', null],
    ['constructor', null],
    ['payment', null],
    ['success_rate.x', null],
  ])('%s, of a template, is %j', (name, meant) => expect(figureNamed(name, TEMPLATE)).toEqual(meant));

  it.each([
    ['success_rate', figure('step_success_rate', 'payment')],
    ['duration', figure('step_execution_time', 'payment')],
    ['queue_depth', figure('queue_depth', 'payment')],
    ['dead_workers', figure('dead_workers')],
    ['send_mail_retries', figure('retries', 'send-mail')],
  ])('%s, of a step, is %j', (name, meant) => expect(figureNamed(name, STEP)).toEqual(meant));

  it('stands for something if it is among those that are suggested', () => {
    for (const name of figureNames(TEMPLATE)) expect([name, figureNamed(name, TEMPLATE)]).not.toEqual([name, null]);
    const all = [...Object.keys(FIGURES), ...Object.keys(OF_THE_SCOPE), ...Object.keys(SYNONYMS), ...ALERT_LABELS];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('the id of an alert', () => {
  const key = { namespace: 'shop', template: 'pay', name: 'low', ofTemplate: true };

  it('is the same for the same alert, and another for any other', () => {
    const ids = [
      key,
      { ...key, name: 'high' },
      { ...key, template: 'refund' },
      { ...key, namespace: 'bank' },
      { ...key, ofTemplate: false },
    ].map(alertId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(alertId(key)).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is that of its name alone where a file declares it: what it is about may change', () => {
    expect(alertId({ ...key, ofTemplate: false })).toBe(
      alertId({ namespace: null, template: null, name: 'low', ofTemplate: false }),
    );
  });
});
