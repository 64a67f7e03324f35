import type { Chance } from '../seeded.js';
import type { Arena } from './arena.js';

/** What a fault befalls: two at once befall different parts. */
export type Part = 'worker' | 'server' | 'network' | 'deployment' | 'load';

/** Puts right what a fault has done. */
export type Heal = () => Promise<void>;

/** Something that goes wrong around Tasker. */
export interface Fault {
  name: string;
  part: Part;
  /** In one line. */
  does: string;
  /** For how long, in milliseconds: at least, and at most. It may end sooner by itself. */
  lastsMs: readonly [least: number, most: number];
  /** Why it cannot be tried here; null if it can. @default it can */
  obstacle?(arena: Arena): string | null;
  inject(arena: Arena, chance: Chance): Promise<Heal>;
}
