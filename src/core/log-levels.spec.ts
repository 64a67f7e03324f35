import { readLogLevels } from './log-levels.js';

const read = (text: string) => {
  const { levels, problems } = readLogLevels(text);
  return problems.length > 0 ? problems : [levels.base, Object.fromEntries(levels.components)];
};

describe('readLogLevels', () => {
  it.each([
    ['info', ['info', {}]],
    ['debug', ['debug', {}]],
    [' warn , worker = debug ,http=error', ['warn', { worker: 'debug', http: 'error' }]],
    ['worker=debug', ['info', { worker: 'debug' }]],
    ['log,rescuer=verbose', ['info', { rescuer: 'trace' }]],
  ])('reads %p', (text, expected) => expect(read(text)).toEqual(expected));

  it.each([
    ['shouting', /^"shouting" is no level\. Levels: trace, debug, info, warn, error, fatal\.$/],
    ['inof', /^"inof" is no level\. Did you mean "info"\?$/],
    ['info,wroker=debug', /^"wroker" is no component\. Did you mean "worker"\?$/],
    ['info,everything=debug', /^"everything" is no component\. Components: alerts, analytics, .*worker\.$/],
    ['info,warn', /second level/],
    ['worker=debug,worker=info', /^"worker" is given twice\.$/],
    ['worker=debug=info', /component=level/],
    ['', /^"" is no level/],
    ['info,', /second level/],
  ])('refuses %p', (text, message) => {
    expect(read(text)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it('names every mistake at once', () => {
    expect(readLogLevels('loud,wroker=debug,http=quiet').problems).toHaveLength(3);
  });
});
