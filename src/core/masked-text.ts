import { MASK } from './masking.js';
import { SECRET_WORDS } from './secret-names.js';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/^_/, '(?:[_-]|api)');

/**
 * A text of somebody else's, such as the message of an error, with what it says of secrets hidden: the value after a name that
 * holds one of the secret words or is one of `fields`, as in `password=…`, `"api_key": "…"` or `Authorization: Bearer …`.
 */
export function maskedText(text: string, fields: readonly string[] = []): string {
  const words = [...SECRET_WORDS, ...fields].map(escaped).join('|');
  const name = `[\\w-]*(?:${words})[\\w-]*["']?\\s*[:=]\\s*`;
  const value = `"[^"]*"|'[^']*'|(?:bearer|basic)\\s+\\S+|[^\\s,;&}\\])]+`;
  return text.replace(new RegExp(`(${name})(?:${value})`, 'gi'), `$1${MASK}`);
}
