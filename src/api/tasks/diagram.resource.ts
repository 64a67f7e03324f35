import { STEP_STATES, type StepState } from '../../core/states.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

@ApiSchema({ name: 'DiagramNode' })
export class DiagramNodeResource {
  @ApiProperty({ description: "The step's id" }) id!: string;
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty({ enum: STEP_STATES }) status!: StepState;
  @ApiProperty({ description: 'Longest way from a first step, from 0', type: 'integer' }) level!: number;
}

@ApiSchema({ name: 'DiagramEdge' })
export class DiagramEdgeResource {
  @ApiProperty({ description: 'The id of the parent' }) from!: string;
  @ApiProperty({ description: 'The id of the step that waits for it' }) to!: string;
}

/** A task's steps and what they wait for. */
@ApiSchema({ name: 'Diagram' })
export class DiagramResource {
  @ApiProperty({ type: [DiagramNodeResource] }) nodes!: DiagramNodeResource[];
  @ApiProperty({ type: [DiagramEdgeResource] }) edges!: DiagramEdgeResource[];
}
