const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 5;

/** For tests: waits, by the machine's time, until something holds. @throws Error after five seconds */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds());) {
    if (Date.now() > end) throw new Error(`After ${PATIENCE_MS} ms it still does not hold: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
