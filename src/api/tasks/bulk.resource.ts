import { ProblemResource } from '../problem/problem.resource.js';
import { NewTaskBody } from './new-task.body.js';
import { TaskResource } from './task.resource.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

export const MOST_BULK_TASKS = 1000;

@ApiSchema({ name: 'NewTasks' })
export class NewTasksBody {
  @ApiProperty({ type: [NewTaskBody], minItems: 1, maxItems: MOST_BULK_TASKS })
  tasks!: NewTaskBody[];
}

@ApiSchema({ name: 'BulkResult' })
export class BulkResultResource {
  @ApiProperty({ description: 'As POST /tasks would have answered it', type: 'integer', example: 201 })
  status!: number;
  @ApiPropertyOptional({ type: TaskResource })
  task?: TaskResource;
  @ApiPropertyOptional({ type: ProblemResource })
  error?: ProblemResource;
}

@ApiSchema({ name: 'BulkResults' })
export class BulkResultsResource {
  @ApiProperty({ description: 'One for each task asked for, in that order', type: [BulkResultResource] })
  results!: BulkResultResource[];
}
