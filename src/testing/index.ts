export { runStep, type RunStepOptions } from './run-step.js';
