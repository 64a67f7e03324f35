import type { Testing, TestScenario } from '../../core/template-policies.js';
import type { JsonObject } from '../../core/json.js';
import { key, located, reader } from '../reader.js';
import type { Located, Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, freeMap, listOf, text } from '../values.js';
import { errorName, name, shortText } from './names.js';

const scenarioKeys = record(
  {
    name: key('What the scenario is called', located(shortText)),
    description: key('What it is about', text()),
    context: key('What its task is created with; by default the test data', freeMap('filled')),
    steps: key(
      'Steps that must complete; by default all, unless an error is expected',
      listOf(located(name), 'step names'),
    ),
    expected_error: key('Class or code of the error that must end the task', errorName),
    timeout_step: key('The step whose first attempt times out', located(name)),
    retry_expected: key('Whether a step must have been tried again', boolean),
  },
  { what: 'a test scenario', required: ['name'] },
);

/** A scenario, with the place of its name and of the steps that it names. */
export interface ReadScenario extends Located<TestScenario> {
  readonly steps: readonly Located<string>[];
}

const scenario: Reader<ReadScenario> = reader(scenarioKeys.jsonSchema, (written, label, reading) => {
  const fields = scenarioKeys(written, label, reading);
  if (fields?.name === undefined) return undefined;
  const { timeout_step: timeoutStep, steps } = fields;
  return {
    at: fields.name.at,
    steps: [...(steps ?? []), ...(timeoutStep ? [timeoutStep] : [])],
    value: {
      name: fields.name.value,
      description: fields.description ?? null,
      context: fields.context ?? null,
      steps: steps?.map(({ value }) => value) ?? null,
      expectedError: fields.expected_error ?? null,
      timeoutStep: timeoutStep?.value ?? null,
      retryExpected: fields.retry_expected ?? null,
    },
  };
});

const values = freeMap('filled');

/** A map of whatever, unless it is switched off: then it is empty. */
const testData: Reader<JsonObject> = reader(
  { type: 'object', properties: { enabled: { description: 'Whether there is test data', ...boolean.jsonSchema } } },
  (written, label, reading) => {
    const given = values(written, label, reading);
    if (given === undefined) return undefined;
    const flag = written.kind === 'map' ? written.entries.get('enabled')?.value : undefined;
    return flag && boolean(flag, 'test_data.enabled', reading) === false
      ? {}
      : Object.fromEntries(Object.entries(given).filter(([key]) => key !== 'enabled'));
  },
);

const keys = record(
  {
    test_data: key('Values for contexts, by name; enabled: false switches them off', testData),
    mock_services: key('What stands for a service in tests, by the name of the service', values),
    test_scenarios: key('Runs that the test kit can play', listOf(scenario, 'test scenarios')),
  },
  { what: 'testing' },
);

/** What `testing` says, with the places of what is checked against the template. */
export interface ReadTesting extends Omit<Testing, 'scenarios'> {
  scenarios: readonly ReadScenario[];
}

/** `testing`: what the test kit needs to play the template. */
export const testing: Reader<ReadTesting> = reader(keys.jsonSchema, (written, label, reading) => {
  const fields = keys(written, label, reading);
  return (
    fields && {
      scenarios: fields.test_scenarios ?? [],
      testData: fields.test_data ?? {},
      mockServices: fields.mock_services ?? {},
    }
  );
});
