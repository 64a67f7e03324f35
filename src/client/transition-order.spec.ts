import { graphOf } from '../core/graph.js';
import type { TransitionRow } from '../persistence/stores/task-snapshot.js';
import { inOrder } from './transition-order.js';

const move = (
  stepNo: number,
  attempt: number,
  cause: TransitionRow['cause'],
  micros: number,
  to: TransitionRow['to'] = null,
) => ({ stepNo, attempt, cause, micros, to }) as TransitionRow;
/** 0 → 2, 1 → 2 */
const JOIN = graphOf([[], [], [0, 1]]);
const shown = (rows: TransitionRow[]): string[] =>
  rows.map(({ stepNo, attempt, cause }) => `${stepNo} ${attempt} ${cause}`);

describe('inOrder', () => {
  it('puts a join after all of its parents, though its transaction began before that of one of them', () => {
    const rows = [
      move(2, 0, 'ready', 40),
      move(1, 1, 'succeeded', 50),
      move(0, 1, 'succeeded', 40),
      move(1, 1, 'claimed', 20),
      move(0, 1, 'claimed', 20),
      move(1, 0, 'ready', 10),
      move(0, 0, 'ready', 10),
      move(-1, 0, 'created', 10),
    ];
    expect(shown(inOrder(rows, JOIN))).toEqual([
      '-1 0 created',
      '0 0 ready',
      '1 0 ready',
      '0 1 claimed',
      '1 1 claimed',
      '0 1 succeeded',
      '1 1 succeeded',
      '2 0 ready',
    ]);
  });

  it('puts the end of an attempt after its start, though the transaction that ended it had waited', () => {
    const rows = [
      move(-1, 0, 'created', 10),
      move(0, 1, 'cancelled', 30, 'cancelled'),
      move(0, 1, 'claimed', 35),
      move(0, 0, 'ready', 10),
      move(-1, 1, 'started', 35),
      move(-1, 2, 'cancelled', 30, 'cancelled'),
    ];
    const order = shown(inOrder(rows, graphOf([[]])));
    expect(order.indexOf('0 1 claimed')).toBeLessThan(order.indexOf('0 1 cancelled'));
    expect(order.at(-1)).toBe('-1 2 cancelled');
  });

  it('orders moves of one instant by what causes what', () => {
    const rows = [
      move(-1, 2, 'succeeded', 30, 'complete'),
      move(0, 1, 'claimed', 20),
      move(0, 1, 'succeeded', 30),
      move(-1, 1, 'started', 20),
      move(0, 0, 'ready', 20),
      move(-1, 0, 'created', 20),
    ];
    expect(shown(inOrder(rows, graphOf([[]])))).toEqual([
      '-1 0 created',
      '-1 1 started',
      '0 0 ready',
      '0 1 claimed',
      '0 1 succeeded',
      '-1 2 succeeded',
    ]);
  });

  it('leaves a refused result where it came', () => {
    const rows = [
      move(-1, 0, 'created', 1),
      move(0, 1, 'claimed', 10),
      move(0, 1, 'refused', 90),
      move(0, 2, 'claimed', 50),
    ];
    expect(shown(inOrder(rows, graphOf([[]])))).toEqual(['-1 0 created', '0 1 claimed', '0 2 claimed', '0 1 refused']);
  });
});
