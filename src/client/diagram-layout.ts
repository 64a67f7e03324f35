import type { Diagram, DiagramNode } from './diagram.js';

/** A diagram with a place for everything, in pixels, top down. */
export interface DiagramLayout {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
}

export interface Box {
  node: DiagramNode;
  /** Of its upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** From the lower edge of a box to the upper edge of another, by points that pass between the boxes in between. */
export type Line = [x: number, y: number][];

const MARGIN = 16;
const BOX_HEIGHT = 40;
const BETWEEN_LEVELS = 48;
const BETWEEN_BOXES = 20;
const SWEEPS = 8;
const LONGEST_NAME = 32;

/** A box, or a place that a line passes through on its way over a level. */
interface Item {
  node: DiagramNode | null;
  width: number;
  /** Of its middle. */
  x: number;
  above: Item[];
  below: Item[];
}

/** Lays out the levels of a graph so that lines are short and cross seldom: the same diagram always in the same way. */
export function layOut(diagram: Diagram): DiagramLayout {
  const { levels, routes } = itemsOf(diagram);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const level of isDown ? levels : [...levels].reverse()) arrange(level, isDown);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const level of isDown ? levels : [...levels].reverse()) draw(level, isDown);
  }
  return placed(levels, routes);
}

/** The name as it fits into a box. */
export const boxLabel = (name: string): string =>
  [...name].length > LONGEST_NAME ? `${[...name].slice(0, LONGEST_NAME - 1).join('')}…` : name;

function itemsOf({ nodes, edges }: Diagram): { levels: Item[][]; routes: Item[][] } {
  const items = new Map(nodes.map((node) => [node.id, itemOf(node)]));
  const levels: Item[][] = [];
  for (const node of nodes) (levels[node.level] ??= []).push(items.get(node.id)!);
  const routes = edges.map(({ from, to }) => {
    const [start, end] = [items.get(from)!, items.get(to)!];
    const route = [start];
    for (let level = start.node!.level + 1; level < end.node!.level; level++) {
      const passage = itemOf(null);
      levels[level]!.push(passage);
      route.push(passage);
    }
    route.push(end);
    for (let n = 1; n < route.length; n++) {
      route[n - 1]!.below.push(route[n]!);
      route[n]!.above.push(route[n - 1]!);
    }
    return route;
  });
  for (const level of levels) spread(level);
  return { levels, routes };
}

const itemOf = (node: DiagramNode | null): Item => ({
  node,
  width: node === null ? 0 : Math.max(widthOf(boxLabel(node.name)), widthOf(node.status)) + 24,
  x: 0,
  above: [],
  below: [],
});

/** About as wide as the text is in the type that names are set in; fonts differ. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (letter >= '\u2e80' ? 13 : /[\p{Lu}mw_@%]/u.test(letter) ? 9.4 : 7.3), 0);

/** Orders a level by where its neighbours are, and sets it out from the left. */
function arrange(level: Item[], isDown: boolean): void {
  const wanted = new Map(level.map((item) => [item, middleOf(item, isDown)]));
  level.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
  spread(level);
}

/** Side by side, around the middle. */
function spread(level: Item[]): void {
  const width = level.reduce((sum, item) => sum + item.width + BETWEEN_BOXES, -BETWEEN_BOXES);
  let left = -width / 2;
  for (const item of level) {
    item.x = left + item.width / 2;
    left += item.width + BETWEEN_BOXES;
  }
}

/** Draws each item towards its neighbours, as far as those beside it let it. */
function draw(level: Item[], isDown: boolean): void {
  const wanted = level.map((item) => middleOf(item, isDown));
  const fromLeft = [...wanted];
  const fromRight = [...wanted];
  for (let n = 1; n < level.length; n++) {
    fromLeft[n] = Math.max(wanted[n]!, fromLeft[n - 1]! + apart(level[n - 1]!, level[n]!));
  }
  for (let n = level.length - 2; n >= 0; n--) {
    fromRight[n] = Math.min(wanted[n]!, fromRight[n + 1]! - apart(level[n]!, level[n + 1]!));
  }
  // between two that keep their distances, what is half way keeps them, too
  level.forEach((item, n) => (item.x = (fromLeft[n]! + fromRight[n]!) / 2));
}

const apart = (left: Item, right: Item): number => (left.width + right.width) / 2 + BETWEEN_BOXES;

/** Where the neighbours of an item are on average; where it is if it has none. */
function middleOf(item: Item, isDown: boolean): number {
  const neighbours = isDown ? item.above : item.below;
  if (neighbours.length === 0) return item.x;
  return neighbours.reduce((sum, { x }) => sum + x, 0) / neighbours.length;
}

function placed(levels: Item[][], routes: Item[][]): DiagramLayout {
  const all = levels.flat();
  const left = all.reduce((least, { x, width }) => Math.min(least, x - width / 2), Infinity) - MARGIN;
  const right = all.reduce((most, { x, width }) => Math.max(most, x + width / 2), -Infinity) + MARGIN;
  const tops = new Map(levels.flatMap((level, n) => level.map((item) => [item, topOf(n)] as const)));
  const boxes = all.flatMap(({ node, x, width }, n): Box[] => {
    const y = tops.get(all[n]!)!;
    return node === null ? [] : [{ node, x: round(x - width / 2 - left), y, width: round(width), height: BOX_HEIGHT }];
  });
  const lines = routes.map((route) =>
    route.flatMap((item, n): Line => {
      const [x, top] = [round(item.x - left), tops.get(item)!];
      if (n === 0) return [[x, top + BOX_HEIGHT]];
      return n === route.length - 1
        ? [[x, top]]
        : [
            [x, top],
            [x, top + BOX_HEIGHT],
          ];
    }),
  );
  return { width: round(right - left), height: topOf(levels.length) - BETWEEN_LEVELS + MARGIN, boxes, lines };
}

const topOf = (level: number): number => MARGIN + level * (BOX_HEIGHT + BETWEEN_LEVELS);
const round = (value: number): number => Math.round(value * 10) / 10;
