import { stepId } from '../core/identity.js';
import { levelsOf } from '../core/graph.js';
import type { StepState } from '../core/states.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';

/** A task's graph with the states that its steps are in. */
export interface Diagram {
  nodes: DiagramNode[];
  /** Ids of nodes; `to` depends on `from`. */
  edges: { from: string; to: string }[];
}

export interface DiagramNode {
  /** The step's id. */
  id: string;
  name: string;
  status: StepState;
  /** 0 for a step without parents, else one more than its deepest parent. */
  level: number;
}

export function diagramOf({ template, graph }: CatalogEntry, taskId: string, states: readonly StepState[]): Diagram {
  const levels = levelsOf(graph)!;
  const ids = template.steps.map((_, stepNo) => stepId(taskId, stepNo));
  return {
    nodes: template.steps.map(({ name }, stepNo) => ({
      id: ids[stepNo]!,
      name,
      status: states[stepNo]!,
      level: levels[stepNo]!,
    })),
    edges: graph.parents.flatMap((parents, child) =>
      parents.map((parent) => ({ from: ids[parent]!, to: ids[child]! })),
    ),
  };
}
