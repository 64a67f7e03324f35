import { GenerationError } from './generation-error.js';

/** A name in each spelling that code and templates need. */
export interface Name {
  /** `charge-card`, as files are named. */
  readonly dashed: string;
  /** `charge_card`, as templates name things. */
  readonly snake: string;
  /** `ChargeCard`, as classes are named. */
  readonly pascal: string;
  /** `chargeCard`, as constants are named. */
  readonly camel: string;
}

const LONGEST = 100;

/**
 * Reads a name in any spelling: `chargeCard`, `ChargeCard`, `charge-card`, `charge_card`, `charge card`.
 *
 * @param what - what messages call it
 * @throws GenerationError where no class could be named so
 */
export function nameOf(text: string, what: string): Name {
  if (!/^[A-Za-z][A-Za-z0-9]*(?:[-_ ]+[A-Za-z0-9]+)*$/.test(text)) {
    throw new GenerationError(
      `${what} ${JSON.stringify(text)} must start with a letter and have only letters, digits, "-" and "_", such as charge-card.`,
    );
  }
  if (text.length > LONGEST) throw new GenerationError(`${what} "${text}" is longer than ${LONGEST} characters.`);
  return nameOfWords(wordsOf(text));
}

/** One name made of several, one after the other. */
export const joined = (...names: readonly Name[]): Name =>
  nameOfWords(names.flatMap(({ dashed }) => dashed.split('-')));

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_ ]+/);
}

function nameOfWords(words: readonly string[]): Name {
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return {
    dashed: words.join('-'),
    snake: words.join('_'),
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
  };
}
