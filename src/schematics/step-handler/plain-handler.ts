import type { Name } from '../name.js';

/** @param decorator - what stands above the class */
export const plainHandler = ({ pascal, snake }: Name, decorator: string): string => `\
import { PermanentError, StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';

/** What the handler reads of the task's context. */
export interface ${pascal}Context {
  id: string;
}

/** What the step leaves to those that depend on it. */
export interface ${pascal}Result {
  id: string;
}

/** Runs the steps whose \`handler_class\` is \`${snake}\`. */
${decorator}
export class ${pascal}StepHandler extends StepHandlerBase<${pascal}Context, ${pascal}Result> {
  /** @throws PermanentError \`ID_MISSING\` */
  process({ task }: StepContext<${pascal}Context>): ${pascal}Result {
    const { id } = task.context;
    // trying again would not bring it; whatever else is thrown is tried again
    if (!id) throw new PermanentError('The context has no id.', { errorCode: 'ID_MISSING' });
    return { id };
  }
}
`;

export const plainHandlerSpec = ({ pascal }: Name, specifier: string): string => `\
import { PermanentError } from 'nest-tasker';
import { runStep } from 'nest-tasker/testing';
import { ${pascal}StepHandler } from '${specifier}';

describe('${pascal}StepHandler', () => {
  const handler = new ${pascal}StepHandler();

  it('leaves the id of the context', async () => {
    await expect(runStep(handler, { context: { id: '42' } })).resolves.toEqual({ id: '42' });
  });

  it('fails for good without an id', async () => {
    await expect(runStep(handler, { context: { id: '' } })).rejects.toThrow(PermanentError);
  });
});
`;
