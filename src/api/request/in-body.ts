import type { Finding } from '../../core/errors.js';

/** A finding of TaskerClient's as requests name fields: they are snake_case here; what follows them is the client's. */
export const inBody = ({ path, message }: Finding): Finding => ({
  path: snakeCase(path),
  message,
});

const snakeCase = (path: string): string =>
  path.replace(/^[a-z]+[A-Za-z]*/, (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
