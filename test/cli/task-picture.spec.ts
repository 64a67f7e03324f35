import type { StepAnswer, TaskAnswer } from '../../src/cli/task/answers.js';
import { pictureOf } from '../../src/cli/task/task-picture.js';
import { Canvas } from '../../src/cli/terminal/canvas.js';
import { durationText } from '../../src/cli/terminal/duration.js';
import { cut, inColour, painted, printable } from '../../src/cli/terminal/style.js';
import { table } from '../../src/cli/terminal/table.js';

const NOW = Date.parse('2026-01-31T09:30:10.000Z');
const FRAME = { now: NOW, rows: 24, columns: 120 };

const step = (name: string, status: string, changes: Partial<StepAnswer> = {}): StepAnswer => ({
  name,
  status: status as StepAnswer['status'],
  attempts: 0,
  retry_limit: 3,
  depends_on: [],
  results: null,
  error: null,
  next_retry_at: null,
  started_at: null,
  completed_at: null,
  worker: null,
  waiting_for: null,
  ...changes,
});

const task = (steps: StepAnswer[]): TaskAnswer => ({
  task_id: '0198',
  full_name: 'shop.order@1.0.0',
  status: 'in_progress',
  execution_status: 'processing',
  completion_percentage: 33.33,
  step_counts: {},
  context: {},
  initiator: 'me',
  reason: 'trial',
  source_system: 'shell',
  tags: [],
  priority: 0,
  correlation_id: 'c',
  run_at: null,
  paused_at: null,
  created_at: '2026-01-31T09:30:00.000Z',
  started_at: '2026-01-31T09:30:00.000Z',
  completed_at: null,
  steps,
});

const lines = (steps: StepAnswer[], levels: Record<string, number>, frame: Partial<typeof FRAME> = {}): string[] =>
  pictureOf(task(steps), new Map(Object.entries(levels)), { ...FRAME, ...frame }).map((line) =>
    painted(line, false).trimEnd(),
  );

describe('the picture of a task', () => {
  it('has the steps by level, with state, attempts, time, and what they wait for or failed with', () => {
    const steps = [
      step('cart', 'complete', {
        attempts: 1,
        started_at: '2026-01-31T09:30:00.000Z',
        completed_at: '2026-01-31T09:30:00.250Z',
      }),
      step('products', 'waiting_for_retry', {
        attempts: 2,
        started_at: '2026-01-31T09:30:00.000Z',
        next_retry_at: '2026-01-31T09:30:12.500Z',
        error: { message: 'busy\u001b[2J', error_class: 'RetryableError', error_code: 'HTTP_503' },
      }),
      step('total', 'pending', { depends_on: ['cart', 'products'] }),
    ];
    expect(lines(steps, { cart: 0, products: 0, total: 1 })).toEqual([
      'shop.order@1.0.0  0198',
      '● in_progress  33 %  10.0 s  processing',
      '  0 ┬ ✔ cart      complete             1/3        0.25 s',
      '    └ ↻ products  waiting_for_retry    2/3                again in 2.50 s  HTTP_503: busy\uFFFD[2J',
      '  1 ─ · total     pending              0/3                ← cart, products',
    ]);
  });

  it('lets the time of a running attempt go on', () => {
    const running = step('ship', 'in_progress', { attempts: 1, started_at: '2026-01-31T09:29:00.000Z' });
    expect(lines([running], { ship: 0 })[2]).toMatch(/1 min 10 s$/);
  });

  it('has no line that is wider than the terminal', () => {
    const steps = [step('a'.repeat(200), 'pending', { depends_on: ['b'.repeat(200)] })];
    for (const line of lines(steps, {}, { columns: 60 })) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('has a line for each level where the terminal is too low for the steps', () => {
    const steps = Array.from({ length: 30 }, (_, n) => step(`s${n}`, n < 20 ? 'complete' : 'ready'));
    const levels = Object.fromEntries(steps.map(({ name }, n) => [name, Math.floor(n / 15)]));
    expect(lines(steps, levels, { rows: 10 }).slice(2)).toEqual([
      '  0 ─  ✔ 15 complete',
      '  1 ─  ✔ 5 complete  ○ 10 ready',
    ]);
  });

  it('leaves out the levels that are over where it is too low for the levels', () => {
    const steps = Array.from({ length: 50 }, (_, n) => step(`s${n}`, n < 20 ? 'complete' : 'pending'));
    const levels = Object.fromEntries(steps.map(({ name }, n) => [name, n]));
    const drawn = lines(steps, levels, { rows: 8 });
    expect(drawn).toHaveLength(8);
    expect(drawn.slice(2)).toEqual([
      '    … 20 more levels above',
      ' 20 ─  · 1 pending',
      ' 21 ─  · 1 pending',
      ' 22 ─  · 1 pending',
      ' 23 ─  · 1 pending',
      '    … 26 more levels below',
    ]);
  });
});

describe('the canvas', () => {
  it('draws in the same place again, hides the cursor meanwhile, and gives it back', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), rows: 24, columns: 80 };
    const canvas = new Canvas(stream as unknown as NodeJS.WriteStream);
    canvas.draw(['a', 'b']);
    canvas.draw(['c']);
    canvas.close();
    canvas.close();
    expect(written).toEqual(['\x1b[?25l\x1b[0Ja\nb\n', '\x1b[2A\r\x1b[0Jc\n', '\x1b[?25h']);
  });
});

describe('terminal text', () => {
  const stream = (isTTY: boolean): NodeJS.WriteStream => ({ isTTY }) as NodeJS.WriteStream;
  const before = process.env.NO_COLOR;
  afterEach(() => {
    if (before === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = before;
  });

  it('is coloured on a terminal alone, and not with NO_COLOR', () => {
    delete process.env.NO_COLOR;
    expect([inColour(stream(true)), inColour(stream(false))]).toEqual([true, false]);
    process.env.NO_COLOR = '1';
    expect(inColour(stream(true))).toBe(false);
    expect(painted([{ text: 'x', style: 'red' }], true)).toBe('\x1b[31mx\x1b[39m');
  });

  it('cannot steer the terminal', () => {
    expect(printable('a\n\u001b]0;b\u0007\tc\u009bd')).toBe('a \uFFFD]0;b\uFFFD c\uFFFDd');
  });

  it('is cut with an ellipsis', () => {
    const spans = [{ text: 'abc' }, { text: 'def' }];
    expect(painted(cut(spans, 6), false)).toBe('abcdef');
    expect(painted(cut(spans, 5), false)).toBe('abcd…');
    expect(painted(cut(spans, 3), false)).toBe('ab…');
  });

  it('stands in columns, numbers to the right', () => {
    const columns = [
      { title: 'name', value: ({ name }: { name: string; n: number }) => name },
      { title: 'n', value: ({ n }: { n: number }) => n, right: true },
    ];
    expect(
      table(
        [
          { name: 'a\nb', n: 7 },
          { name: 'longer', n: 10 },
        ],
        columns,
        false,
      ),
    ).toBe('NAME     N\na b      7\nlonger  10\n');
  });

  it.each([
    [-5, '0.00 s'],
    [123, '0.12 s'],
    [12_340, '12.3 s'],
    [245_000, '4 min 5 s'],
    [3 * 3_600_000 + 120_000, '3 h 2 min'],
    [50 * 3_600_000, '2 d 2 h'],
  ])('says %i ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));
});
