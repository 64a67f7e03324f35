import type { Loggable } from './loggable.js';

/** What a call of Nest's logger says. */
export interface LogLine {
  /** The logger's name. */
  context: string | null;
  msg: string | undefined;
  /** Of the objects that were logged. */
  fields: Record<string, unknown>;
  err: Record<string, unknown> | undefined;
}

const STACK = /^[^\n]*\n\s+at /;

/**
 * Takes the arguments of `log(message, ...more)` apart as Nest's loggers pass them: the last text is the logger's name; an
 * error, or a stack as text, becomes `err`; objects become fields; other texts are joined.
 */
export function readLine(args: readonly unknown[], loggable: Loggable): LogLine {
  const last = args.at(-1);
  const hasContext = args.length > 1 && typeof last === 'string' && !STACK.test(last);
  const line: LogLine = { context: hasContext ? last : null, msg: undefined, fields: {}, err: undefined };
  const texts: string[] = [];
  for (const [n, arg] of (hasContext ? args.slice(0, -1) : args).entries()) {
    if (arg instanceof Error) line.err ??= loggable.error(arg);
    else if (typeof arg === 'object' && arg !== null) {
      if (Array.isArray(arg)) texts.push(JSON.stringify(loggable.fields({ list: arg }).list));
      else Object.assign(line.fields, loggable.fields(arg));
    } else if (n > 0 && typeof arg === 'string' && STACK.test(arg)) line.err ??= errorOf(arg, loggable);
    else if (arg !== undefined) texts.push(loggable.text(`${arg as string}`));
  }
  const { msg, message, event } = line.fields;
  line.msg = texts.length > 0 ? texts.join(' ') : firstText(msg, message, line.err?.message, event);
  return { ...line, fields: renamed(line.fields) };
}

/** A field of a line must not stand in it twice. */
const renamed = ({ msg: _said, ...fields }: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [OF_EVERY_LINE.has(name) ? `${name}_` : name, value]),
  );

const OF_EVERY_LINE = new Set(['time', 'level', 'pid', 'hostname', 'err']);

function errorOf(stack: string, loggable: Loggable): Record<string, unknown> {
  const head = stack.slice(0, stack.indexOf('\n'));
  const [, type = 'Error', message = head] = /^(?:Uncaught )?(\w+)(?::\s*(.*))?$/.exec(head) ?? [];
  return { type, message: loggable.text(message), stack: loggable.text(stack) };
}

const firstText = (...values: unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string');
