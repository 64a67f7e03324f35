import { authenticator } from './authenticator/authenticator.generator.js';
import type { Generator } from './generation.js';
import type { ElementKind } from './schema.js';
import { stepHandler } from './step-handler/step-handler.generator.js';
import { subscriber } from './subscriber/subscriber.generator.js';
import { task } from './task/task.generator.js';

/** What writes each kind of element. */
export const GENERATORS: Readonly<Record<ElementKind, Generator>> = {
  'step-handler': stepHandler,
  subscriber,
  task,
  authenticator,
};
