import { TaskerError } from '../core/errors.js';
import type { Finding } from '../core/errors.js';
import type { Json, JsonObject } from '../core/json.js';
import { keyPath } from './written.js';

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)(\}?)/g;
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Whether the text holds `${`, escaped or not: what it means then depends on the environment. */
export const hasPlaceholder = (text: string): boolean => text.includes('${');

/** Whether the text is one placeholder and nothing else, so that its value may be a number or a boolean. */
export const isWholePlaceholder = (text: string): boolean => /^\$\{[^}]*\}$/.test(text);

/**
 * Replaces `${NAME}` and `${NAME:-default}` (the default also where the variable is empty) and turns `$${` into `${`.
 *
 * @param env - null where variables are not to be looked up: only the form of the placeholders is checked
 * @param complain - gets one message for each placeholder that is malformed, or unset without a default
 */
export function expand(text: string, env: NodeJS.ProcessEnv | null, complain: (message: string) => void): string {
  return text.replace(PLACEHOLDER, (all: string, inside: string | undefined, end: string | undefined) => {
    if (inside === undefined) return '${';
    const [, name, fallback] = (end && INSIDE.exec(inside)) || [];
    if (name === undefined || fallback?.includes('${')) {
      const what = end ? `${all} is not a placeholder` : 'a "${" is never closed';
      complain(`${what}: write \${NAME} or \${NAME:-default}, or "$\${" for a literal "\${"`);
      return all;
    }
    if (env === null) return all;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined)
      complain(`the environment variable ${name} is not set: set it, or write \${${name}:-default}`);
    return value ?? '';
  });
}

/**
 * A step's config with its placeholders filled in, for the worker that runs the step: a copy, frozen to its depth.
 *
 * @param root - what the paths of findings begin with
 * @throws TaskerError configuration_invalid if a variable is not set, with a finding for each; values are never shown
 */
export function resolvePlaceholders(config: JsonObject, env: NodeJS.ProcessEnv, root = 'handler_config'): JsonObject {
  const findings: Finding[] = [];
  const resolved = resolve(config, root, env, findings) as JsonObject;
  if (findings.length === 0) return resolved;
  const told = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
  throw new TaskerError('configuration_invalid', `The config of a step cannot be resolved.\n${told}`, findings);
}

function resolve(value: Json, path: string, env: NodeJS.ProcessEnv, findings: Finding[]): Json {
  if (typeof value === 'string') return expand(value, env, (message) => findings.push({ path, message }));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item, n) => resolve(item, `${path}[${n}]`, env, findings))) as Json[];
  }
  return Object.freeze(
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, resolve(inner, keyPath(path, key), env, findings)]),
    ),
  );
}
