/** A command that could not do what it was asked: said in plain sentences, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
