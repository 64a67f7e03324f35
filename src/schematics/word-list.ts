/** The words of an option that may be given several times, or as one text with commas or spaces between. */
export const wordsOf = (value: string | readonly string[] | undefined): string[] =>
  [value ?? []].flat().flatMap((text) => text.split(/[\s,]+/).filter((word) => word !== ''));
