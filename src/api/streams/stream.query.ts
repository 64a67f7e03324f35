import { IsOptional } from 'class-validator';
import { TaskerError } from '../../core/errors.js';
import { EVERYTHING, interestIn } from '../../delivery/interest.js';
import { BEGINNING, type StreamRequest } from '../../delivery/event-stream.js';
import { placeOf, type EventPlace } from '../../delivery/event-id.js';
import type { AuditEvent } from '../../delivery/audit-event.js';
import type { EventCatalog } from '../../events/event-catalog.js';
import { isAudited } from '../../events/audited-events.js';
import { IsText } from '../request/checks.js';

const EVENTS_LENGTH = 4_000;

/** Which events of a task are wanted. */
export class TaskStreamQuery {
  @IsOptional() @IsText({ max: EVENTS_LENGTH }) events?: string;
}

/** Which events are wanted: all that agree with everything that is given. */
export class StreamQuery extends TaskStreamQuery {
  @IsOptional() @IsText() namespace?: string;
  @IsOptional() @IsText() name?: string;
  @IsOptional() @IsText() correlation_id?: string;
}

/**
 * What the query and the header ask for.
 *
 * @param taskId - of a task's stream, which begins with all that has happened
 * @throws TaskerError `request_invalid`
 */
export function streamRequest(
  query: StreamQuery,
  lastEventId: string | undefined,
  taskId: string | null,
  catalog: EventCatalog,
): StreamRequest {
  const names = query.events === undefined ? null : namesOf(query.events, catalog);
  const { namespace, name, correlation_id } = query;
  const wants = (event: AuditEvent): boolean =>
    (names === null || names.has(event.name)) &&
    (namespace === undefined || event.namespace === namespace) &&
    (name === undefined || event.taskName === name) &&
    (correlation_id === undefined || event.correlationId === correlation_id);
  const start = taskId === null ? null : BEGINNING;
  const interest = names === null ? EVERYTHING : interestIn(names);
  return { after: lastEventId ? lastPlace(lastEventId) : start, taskId, interest, wants };
}

function namesOf(patterns: string, catalog: EventCatalog): ReadonlySet<string> {
  const findings: string[] = [];
  const names = patterns.split(',').flatMap((given) => {
    const pattern = given.trim();
    try {
      const meant = catalog.match(pattern).filter(isAudited);
      if (meant.length === 0) findings.push(`"${pattern}" is not in the audit trail, which streams are read from.`);
      return meant;
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      findings.push(error.message);
      return [];
    }
  });
  if (findings.length === 0) return new Set(names);
  throw invalid('events', findings);
}

function lastPlace(id: string): EventPlace {
  const place = placeOf(id);
  if (place) return place;
  throw invalid('Last-Event-ID', ['is not the id of an event of this stream: leave it out to begin with what comes.']);
}

const invalid = (path: string, messages: string[]): TaskerError =>
  new TaskerError(
    'request_invalid',
    `The stream cannot be opened: ${messages.join(' ')}`,
    messages.map((message) => ({ path, message })),
  );
