import { Controller, Get, Headers, Param, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { TaskerClient } from '../../client/tasker-client.js';
import { EventCatalog } from '../../events/event-catalog.js';
import type { Caller } from '../../auth/caller.js';
import { RequestCaller } from '../access/caller.decorator.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';
import type { PlatformResponse } from './event-stream.response.js';
import { EventStreams } from './event-streams.js';
import { StreamQuery, streamRequest, TaskStreamQuery } from './stream.query.js';

const LAST_EVENT_ID = 'last-event-id';
const PATTERNS = { name: 'events', required: false, description: 'Names and patterns: `task.*,step.failed`' } as const;
const RESUME = {
  name: 'Last-Event-ID',
  required: false,
  description: 'The `id` of the last event that was received: what came after it is sent first',
} as const;
const STREAM = {
  description:
    'Server-sent events: `id`, `event`, and as `data` the payload as the catalog has it. A comment every 15 seconds ' +
    'when nothing happens. It goes on until the client closes it or the server stops; then go on with Last-Event-ID.',
  content: { 'text/event-stream': { schema: { type: 'string' } } },
} as const;

/** What happens, as it happens in any process: read from the audit trail, so that nothing is missed on the way. */
@ApiTags('Events')
@Controller()
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class StreamsController {
  constructor(
    private readonly streams: EventStreams,
    private readonly catalog: EventCatalog,
    private readonly client: TaskerClient,
  ) {}

  @Get('stream')
  @RequiresPermission('tasker.event', 'stream')
  @ApiOperation({ summary: 'Stream events of all tasks', description: 'Begins with what comes.' })
  @ApiQuery(PATTERNS)
  @ApiQuery({ name: 'namespace', required: false })
  @ApiQuery({ name: 'name', required: false, description: 'Name of the template' })
  @ApiQuery({ name: 'correlation_id', required: false })
  @ApiHeader(RESUME)
  @ApiOkResponse(STREAM)
  @ApiProblems(400)
  async all(
    @RequestQuery(StreamQuery) query: StreamQuery,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @RequestCaller() caller: Caller,
    @Res() response: PlatformResponse,
  ): Promise<void> {
    await this.streams.answer(response, streamRequest(query, lastEventId, null, this.catalog), caller);
  }

  @Get('tasks/:task_id/stream')
  @RequiresPermission('tasker.task', 'show')
  @ApiOperation({
    summary: 'Stream events of a task',
    description: 'Begins with all that has happened, and goes on after its end: it may be repaired.',
  })
  @ApiParam({ name: 'task_id', format: 'uuid' })
  @ApiQuery(PATTERNS)
  @ApiHeader(RESUME)
  @ApiOkResponse(STREAM)
  @ApiProblems(400, 404)
  async ofTask(
    @Param('task_id') taskId: string,
    @RequestQuery(TaskStreamQuery) query: TaskStreamQuery,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @RequestCaller() caller: Caller,
    @Res() response: PlatformResponse,
  ): Promise<void> {
    const request = streamRequest(query, lastEventId, taskId.toLowerCase(), this.catalog);
    await this.client.getTask(taskId);
    await this.streams.answer(response, request, caller);
  }
}
