import { coerce, parse } from 'semver';
import { text } from '../values.js';

const MAX_NAME = 255;

/** Names of templates, namespaces and steps. */
export const name = text({
  wrong: (value) =>
    value.length <= MAX_NAME && /^[A-Za-z0-9_./:-]+$/.test(value)
      ? null
      : `must be 1 to ${MAX_NAME} letters, digits and _ - . / :`,
  jsonSchema: { pattern: '^[A-Za-z0-9_./:-]+$', maxLength: MAX_NAME },
});

/** A short text of any letters. */
export const shortText = text({
  wrong: (value) => (value.trim() === '' || value.length > MAX_NAME ? `must be 1 to ${MAX_NAME} characters` : null),
  jsonSchema: { minLength: 1, maxLength: MAX_NAME },
});

export const version = text({
  wrong: (value) => {
    const parsed = parse(value);
    if (parsed && /^\d/.test(value) && value === value.trim()) return null;
    const meant = value.length <= MAX_NAME ? coerce(value, { includePrerelease: true })?.version : undefined;
    return `must be a full semantic version such as ${meant ?? '1.0.0'}`;
  },
  jsonSchema: { pattern: '^\\d+\\.\\d+\\.\\d+([-+][0-9A-Za-z.+-]+)?$' },
});

/** A handler's name, or a `::` path such as `ApiTask::StepHandler::CartFetchStepHandler`. */
export const handlerPath = text({
  wrong: (value) =>
    value.split('::').every((part) => /^[A-Za-z0-9_./:$-]+$/.test(part)) && value.length <= MAX_NAME
      ? null
      : "must be a handler's name, or a :: path that ends in it",
  jsonSchema: { pattern: '^[A-Za-z0-9_./:$-]+$', maxLength: MAX_NAME },
});

/** A word of a fixed kind: what events and subscribers are called. */
export const word = text({
  wrong: (value) =>
    value.length <= MAX_NAME && /^[A-Za-z_][\w.-]*$/.test(value)
      ? null
      : `must be 1 to ${MAX_NAME} letters, digits and _ - . that begin with a letter`,
  jsonSchema: { pattern: '^[A-Za-z_][\\w.-]*$', maxLength: MAX_NAME },
});

/** A class or a code of errors. */
export const errorName = text({
  wrong: (value) =>
    value.length <= MAX_NAME && /^[A-Za-z_$][\w$:.-]*$/.test(value)
      ? null
      : 'must be the name of an error class, or an error code',
  jsonSchema: { pattern: '^[A-Za-z_$][\\w$:.-]*$', maxLength: MAX_NAME },
});
