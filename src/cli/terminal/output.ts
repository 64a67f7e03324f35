/** What a command answers. Messages about the command itself go to the error output. */
export const print = (text: string): void => void process.stdout.write(text);

/** For programs: one JSON value. */
export const printJson = (value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`);
