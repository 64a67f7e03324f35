/** Says why a text is no condition, and at which of its characters, counted from 1. */
export class ConditionError extends Error {
  constructor(
    readonly position: number,
    problem: string,
  ) {
    super(`at character ${position}: ${problem}`);
    this.name = new.target.name;
  }
}
