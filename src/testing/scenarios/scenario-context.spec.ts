import type { JsonObject } from '../../core/json.js';
import type { TestScenario } from '../../core/template-policies.js';
import { contextOf } from './scenario-context.js';

const SCENARIO: TestScenario = {
  name: 'any',
  description: null,
  context: null,
  steps: null,
  expectedError: null,
  timeoutStep: null,
  retryExpected: null,
};
const of = (testData: JsonObject, context: JsonObject | null = null): JsonObject =>
  contextOf({ ...SCENARIO, context }, { scenarios: [], testData, mockServices: {} });

describe('contextOf', () => {
  it.each([
    [{ test_currencies: ['USD', 'EUR'] }, { currency: 'USD' }],
    [{ test_payment_amounts: [10, 20] }, { payment_amount: 10 }],
    [{ test_addresses: ['here'] }, { address: 'here' }],
    [
      { test_boxes: [1], test_data: [2] },
      { box: 1, data: 2 },
    ],
    [{ test_names: [] }, { name: null }],
    [
      { test_mode: true, items: [1, 2] },
      { test_mode: true, items: [1, 2] },
    ],
  ])('makes of %j %j', (testData, context) => expect(of(testData)).toEqual(context));

  it('prefers the scenario’s own', () => expect(of({ test_names: ['a'] }, { id: 1 })).toEqual({ id: 1 }));
});
