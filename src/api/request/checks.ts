import { registerDecorator } from 'class-validator';
import { jsonFindings } from '../../client/context-shape.js';
import { text } from '../../client/request-shape.js';
import { parseInstant } from './instant.js';

/** Everything that is wrong with a value; `[2] …` and `.sku …` speak of what is in it. */
type Check = (value: unknown) => string[];

const checked =
  (name: string, check: Check): PropertyDecorator =>
  (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value) => check(value).length === 0,
        defaultMessage: (args) => check(args?.value).join('\n'),
      },
    });

interface TextRules {
  /** In characters. @default 255 */
  max?: number;
  pattern?: RegExp;
  /** What the pattern asks for, after "must". */
  mustBe?: string;
}

/** A string that is neither blank nor too long. */
export const IsText = (rules: TextRules = {}): PropertyDecorator =>
  checked('isText', (value) => textProblems(value, rules));

/** A list of such strings. */
export const IsTextList = (maxItems: number, minItems = 0): PropertyDecorator =>
  checked('isTextList', (value) => {
    if (!Array.isArray(value)) return [wrongType('a list of texts', value)];
    if (value.length > maxItems) return [`must have at most ${maxItems} items, not ${value.length}`];
    if (value.length < minItems) return [`must have at least ${minItems} items, not ${value.length}`];
    return value.flatMap((item, index) => textProblems(item).map((problem) => `[${index}] ${problem}`));
  });

/** A JSON object that can be kept. */
export const IsMap = (): PropertyDecorator =>
  checked('isMap', (value) => {
    return kindOf(value) === 'an object' ? jsonProblems(value) : [wrongType('an object', value)];
  });

/** Any JSON but null that can be kept. */
export const IsJson = (): PropertyDecorator => checked('isJson', (value) => jsonProblems(value));

/** A whole number, or in a query its digits. */
export const IsWholeNumber = (min: number, max: number, { text = false } = {}): PropertyDecorator =>
  checked('isWholeNumber', (value) => {
    const number = text && typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' && !text) return [wrongType('a number', value)];
    return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
      ? []
      : [`must be a whole number from ${min} to ${max}`];
  });

/** One of these strings. */
export const IsOneOf = (allowed: readonly string[]): PropertyDecorator =>
  checked('isOneOf', (value) =>
    typeof value === 'string' && allowed.includes(value) ? [] : [`must be one of ${allowed.join(', ')}`],
  );

/** An ISO 8601 time that says its offset, or a day, which begins at midnight UTC. */
export const IsInstant = (): PropertyDecorator =>
  checked('isInstant', (value) => {
    if (typeof value !== 'string') return [wrongType('text', value)];
    if (parseInstant(value) !== null) return [];
    return ['must be an ISO 8601 time with its offset, such as 2026-01-31T09:30:00.000Z'];
  });

const jsonProblems = (value: unknown): string[] =>
  jsonFindings(value, '').map(({ path, message }) =>
    `${path === '' || path.startsWith('[') ? path : `.${path}`} ${message}`.trim(),
  );

function textProblems(value: unknown, { max = 255, pattern, mustBe }: TextRules = {}): string[] {
  if (typeof value !== 'string') return [wrongType('text', value)];
  const problem = text(value, max) ?? (pattern === undefined || pattern.test(value) ? null : `must ${mustBe}`);
  return problem === null ? [] : [problem];
}

const wrongType = (wanted: string, value: unknown): string =>
  value === undefined || value === null ? 'is required' : `must be ${wanted}, not ${kindOf(value)}`;

/** A JSON value's type in words. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return value === null ? 'null' : 'nothing';
  if (Array.isArray(value)) return 'a list';
  const kinds: Record<string, string> = { string: 'text', object: 'an object' };
  return kinds[typeof value] ?? `a ${typeof value}`;
}
