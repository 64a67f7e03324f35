import { StepEntity } from './step.entity.js';
import { TaskEntity } from './task.entity.js';
import { TemplateEntity } from './template.entity.js';
import { TransitionEntity } from './transition.entity.js';
import { WorkerEntity } from './worker.entity.js';

export const ENTITIES = [TaskEntity, StepEntity, TransitionEntity, TemplateEntity, WorkerEntity];
