import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCondition } from './condition.js';
import type { Facts } from './condition.js';

const FACTS: Facts = {
  amount: 1_500,
  currency: 'EUR',
  approved: true,
  note: null,
  retry_count: 3,
  success_rate: 0.94,
  step_execution_time: 31,
  payment: { amount: 20, method: 'card', in: 'x' },
  items: [{ sku: 'a1' }, { sku: 'b2' }],
  tags: ['vip', 'late'],
};

const evaluated = (text: string, facts: Facts = FACTS): boolean => parseCondition(text).evaluate(facts);

describe('a condition', () => {
  it.each([
    "amount > 1000 AND currency == 'EUR'",
    'amount > 1000 && currency = "EUR"',
    "currency in ['USD', 'EUR']",
    "currency NOT IN ['USD']",
    'retry_count >= 3',
    'success_rate < 0.95',
    'success_rate < 95%',
    'step_execution_time > 30s',
    'step_execution_time < 1.5m',
    'NOT (amount < 1000 OR approved != true)',
    '!(amount < 1000) || false',
    'not amount < 1000 and approved',
    'false AND false OR true',
    'true OR true AND false',
    'payment.amount == 20 AND payment.in == "x"',
    "items.1.sku == 'b2' AND items.length = 2",
    "'vip' in tags",
    'amount / retry_count - 2 * 50 = 400',
    '-amount < - 1e3',
    '(amount + 500) * 2 == 4000',
    "currency > 'EU' AND currency <= 'EUR'",
    'note == null AND missing == null AND currency != null',
    "'it\\'s' == \"it's\" AND 'a\\\\' != 'a' AND '\\n' != 'n'",
    'größe == 1',
  ])('holds: %s', (text) => expect(evaluated(text, { ...FACTS, größe: 1 })).toBe(true));

  it.each([
    ['a missing name, however it is compared', 'missing == 1 OR missing != 1 OR missing < 1 OR missing >= 1'],
    ['a missing name that is looked for in a list, or not', "missing in ['a'] OR missing not in ['a']"],
    ['a list that is missing, or is none', "'a' in missing OR 'a' not in missing OR 'a' in currency"],
    ['a missing name inside another', "payment.fee.net > 0 OR items.7.sku != 'x' OR currency.length > 0"],
    ['unlike types', "amount == '1500' OR approved == 1 OR currency > 5 OR approved > false"],
    ['lists and maps', 'tags == tags OR payment == payment OR tags in tags'],
    ['null in an order', 'note < 1 OR note >= 0'],
    ['what cannot be calculated', 'amount / 0 > 1 OR currency + 1 > 0 OR missing * 0 = 0'],
    ['a value that is not true', 'amount OR currency OR note OR payment OR missing'],
    [
      'what every object has',
      'constructor != null OR __proto__ != null OR payment.toString != null OR currency.length != null',
    ],
  ])('fails for %s', (_fact, text) => {
    expect(evaluated(text)).toBe(false);
    expect(evaluated(`NOT (${text})`)).toBe(true);
  });

  it('holds for unlike types that are said to differ', () => expect(evaluated("amount != '1500'")).toBe(true));

  it('reads a name of a prototype where the facts have it', () => {
    const facts = JSON.parse('{ "__proto__": { "constructor": 1 } }') as Facts;
    expect(evaluated('__proto__.constructor == 1', facts)).toBe(true);
  });

  it('lists its names once, in order', () => {
    expect(parseCondition("b > a.c AND NOT (b in tags OR x + 1 = 2) AND 'd' in ['e']").names()).toEqual([
      'b',
      'a.c',
      'tags',
      'x',
    ]);
  });

  it('is what the documentation shows', () => {
    const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'templates.md'), 'utf8');
    const examples = /## Conditions[^]*?```\n([^]*?)```/.exec(page)![1]!.trim().split('\n');
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) expect(parseCondition(example).names().length).toBeGreaterThan(0);
  });

  it('keeps its text', () => expect(parseCondition('  a  >1 ').text).toBe('  a  >1 '));
});

describe('a text that is no condition', () => {
  it.each([
    ['', 'at character 1: expected a name, a value, NOT or "(", but found the end'],
    ['amount >', 'at character 9: expected a name, a value, NOT or "(", but found the end'],
    ['amount > > 1', 'at character 10: expected a name, a value, NOT or "(", but found ">"'],
    ['amount => 1', 'at character 8: "=>" is no operator: write ">="'],
    ['amount === 1', 'at character 8: "===" is no operator: write "=="'],
    ['a & b', 'at character 3: "&" is no operator: write "&&"'],
    ['amount > 1 currency', 'at character 12: expected AND, OR or the end, but found "currency"'],
    ['note is null', 'at character 6: expected AND, OR or the end, but found "is": write "==" or "!="'],
    ['1 < amount < 2', 'at character 12: "<" cannot follow a comparison: join the two with AND'],
    ['(a > 1) + 2 > 3', 'at character 1: expected a value, but found a comparison: join comparisons with AND or OR'],
    ['amount + 1', 'at character 1: "amount" begins a value, which neither holds nor fails: compare it'],
    ['amount > 1 AND 5', 'at character 16: "5" begins a value, which neither holds nor fails: compare it'],
    ["currency in [USD, 'EUR']", `at character 14: expected a value: put text in quotes ('USD'), but found "USD"`],
    ["currency in ['USD'", 'at character 19: expected ",", but found the end'],
    ["currency in ['USD' 'EUR']", `at character 20: expected ",", but found "'EUR'"`],
    ['(a > 1', 'at character 7: expected ")", but found the end'],
    ["currency == 'EUR", 'at character 13: the text in quotes never ends: add the closing quote'],
    ['time > 30x', 'at character 8: "30x" is no number: a unit is % or one of ms, s, m, h, d, w or y'],
    ['a > 1e999', 'at character 5: "1e999" is larger than any number'],
    ['a > 1; b', 'at character 6: ";" has no meaning in a condition: remove it, or put text in quotes'],
    ['a == `x`', 'at character 6: "`" has no meaning in a condition: remove it, or put text in quotes'],
    ['process.exit(1)', 'at character 13: expected AND, OR or the end, but found "("'],
    ['a'.repeat(2_001), 'at character 2001: a condition has at most 2000 characters: split it'],
    [`${'('.repeat(51)}a`, 'at character 51: nested deeper than 50 levels: make it flatter'],
    [`${'not '.repeat(51)}a`, 'at character 201: nested deeper than 50 levels: make it flatter'],
    [`a > ${'-'.repeat(60)}1`, 'at character 54: nested deeper than 50 levels: make it flatter'],
  ])('%s', (text, message) => expect(() => parseCondition(text)).toThrow(message));
});
