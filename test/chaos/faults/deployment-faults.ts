import type { Fault } from './fault.js';

const rollingRestart: Fault = {
  name: 'rolling-restart',
  part: 'deployment',
  does: 'SIGTERM to each worker in turn; another one starts in its place',
  lastsMs: [0, 0],
  async inject({ places }) {
    for (const place of places) {
      await place.terminate();
      await place.fill();
    }
    return async () => undefined;
  },
};

const twoVersions: Fault = {
  name: 'two-versions',
  part: 'deployment',
  does: 'workers of two releases, with two versions of a template of which the older release knows one; then the rest follows',
  lastsMs: [1_000, 4_000],
  async inject(arena, chance) {
    const older = arena.release;
    const release = older + 1;
    arena.release = release;
    const [first, ...others] = chance.shuffled(arena.places);
    first!.release = release;
    await first!.terminate();
    await first!.fill();
    arena.load.releases = [older, release];
    return async () => {
      for (const place of others) {
        place.release = release;
        await place.terminate();
        await place.fill();
      }
    };
  },
};

export const DEPLOYMENT_FAULTS: readonly Fault[] = [rollingRestart, twoVersions];
