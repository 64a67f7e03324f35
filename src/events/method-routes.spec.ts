import { EventCatalog } from './event-catalog.js';
import { MethodRoutes } from './method-routes.js';

const catalog = new EventCatalog();

const route = (methods: string[], ...patterns: string[]) => {
  const {
    problems,
    idle,
    methods: found,
  } = new MethodRoutes(catalog.names).routes(
    methods,
    patterns.map((pattern) => ({ pattern, events: catalog.match(pattern) })),
  );
  return { methods: Object.fromEntries(found), problems: [...problems, ...idle] };
};

describe('routes to methods', () => {
  it.each(['handleStepRetryScheduled', 'handle_step_retry_scheduled'])('lead to %s', (method) => {
    const expected = { methods: { 'step.retry_scheduled': method }, problems: [] };
    expect(route([method], 'step.retry_scheduled')).toEqual(expected);
    expect(route([method], 'step_retry_scheduled')).toEqual(expected);
  });

  it('lead to handle where an event has no method of its own', () => {
    expect(route(['handle', 'handleTaskFailed'], 'task.failed', 'task.completed').methods).toEqual({
      'task.failed': 'handleTaskFailed',
      'task.completed': 'handle',
    });
  });

  it('leave out events of a category that have no method', () => {
    const { methods, problems } = route(['handleStepFailed', 'handleStepSkipped'], 'step.*');
    expect(problems).toEqual([]);
    expect(methods).toEqual({ 'step.failed': 'handleStepFailed', 'step.skipped': 'handleStepSkipped' });
  });

  it('lead to one method once, however often an event is named', () => {
    expect(route(['handleTaskFailed'], 'task.*', 'task.failed', '*').methods).toEqual({
      'task.failed': 'handleTaskFailed',
    });
  });

  it.each(['handleError', 'handleTasks', 'handler', 'handleStep', 'send', 'formatTaskCompleted', 'process'])(
    'leave %s alone',
    (method) => expect(route(['handle', method], '*').problems).toEqual([]),
  );

  it.each([
    [
      'an event without a method',
      ['send'],
      ['task.failed'],
      /no method receives "task.failed": add handleTaskFailed or/,
    ],
    ['a method that is nearly right', ['handelTaskFailed'], ['task.failed'], /"handelTaskFailed" is nearly that/],
    ['a category without a method', ['handleTaskFailed'], ['task.failed', 'step.*'], /no method receives "step\.\*"/],
    ['a method of no event', ['handle', 'handleTaskFinished'], ['*'], /"handleTaskFinished" names no event/],
    ['a misspelt method', ['handle', 'handleTaskComplete'], ['*'], /Did you mean "handleTaskCompleted"/],
    ['a misspelt snake', ['handle', 'handle_task_complete'], ['*'], /Did you mean "handle_task_completed"/],
    ['another case', ['handle', 'handleTaskcompleted'], ['*'], /Did you mean "handleTaskCompleted"/],
    ['a misspelt category', ['handle', 'handleTsakFailed'], ['*'], /Did you mean "handleTaskFailed"/],
    ['a method that is not asked for', ['handle', 'handleTaskFailed'], ['task.started'], /"handleTaskFailed" is never/],
    ['two methods', ['handleTaskFailed', 'handle_task_failed'], ['task.failed'], /both stand for "task.failed"/],
  ] as const)('tell of %s', (_, methods, patterns, message) => {
    const { problems } = route([...methods], ...patterns);
    expect(problems).toEqual([expect.stringMatching(message)]);
  });
});
