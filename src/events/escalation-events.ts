import type { JsonObject } from '../core/json.js';
import type { TaskTemplate } from '../core/template.js';
import { FAILURE_FACTS } from './event-facts.js';
import type { DeclaredEvent } from './custom-event.js';

/** First word of the events that escalation rules come to. */
export const ESCALATION = 'escalation';

export const escalationEvent = (action: string): string => `${ESCALATION}.${action}`;

const PAYLOAD = {
  type: 'object',
  properties: {
    action: { type: 'string', description: 'What the rule asks for' },
    condition: { type: 'string', description: 'What holds' },
    description: { type: ['string', 'null'], description: "The rule's description" },
    ...FAILURE_FACTS,
  },
  required: ['action', 'condition', 'description', ...Object.keys(FAILURE_FACTS)],
} as unknown as JsonObject;

/** The events that a template's escalation rules come to. */
export const escalationEvents = ({ errorHandling }: TaskTemplate, firedBy: readonly string[]): DeclaredEvent[] =>
  errorHandling.escalationRules.map(({ action, description }) => ({
    name: escalationEvent(action),
    description: description ?? 'An attempt failed as an escalation rule of its template describes.',
    payloadSchema: PAYLOAD,
    firedBy,
  }));
