import { InvalidArgumentError } from 'commander';

/** Reads an option's number, for commander. */
export function numberOf(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) throw new InvalidArgumentError('Write a number.');
  return number;
}
