import type { ElementOptions } from '../element.js';
import type { Generator } from '../generation.js';
import { apiKeyClass, apiKeySpec } from './api-key-authenticator.js';
import { customClass, customSpec } from './custom-authenticator.js';
import { jwtClass, jwtSpec } from './jwt-authenticator.js';

export interface AuthenticatorOptions extends ElementOptions {
  /** What callers are known by. @default 'custom' */
  type?: 'jwt' | 'api_key' | 'custom';
}

const TEXTS = {
  jwt: [jwtClass, jwtSpec],
  api_key: [apiKeyClass, apiKeySpec],
  custom: [customClass, customSpec],
} as const;

/** A class for `auth: { authenticator }`, its spec, and an entry in the providers of the nearest module. */
export const authenticator: Generator<AuthenticatorOptions> = {
  blueprint(element, { type = 'custom', spec = true }) {
    const { name } = element;
    const className = `${name.pascal}Authenticator`;
    const stem = `${name.dashed}.authenticator`;
    const file = element.file(stem);
    const specFile = element.spec(stem);
    const [classText, specText] = TEXTS[type];
    const prefix = name.snake.toUpperCase();
    const files = [{ path: file, text: classText(className, prefix) }];
    if (spec) files.push({ path: specFile, text: specText(className, prefix, element.specifier(specFile, file)) });
    return { files, declared: { className, list: 'providers', file } };
  },
};
