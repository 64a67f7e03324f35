import './typescript-resolution';

/** Runs however the tests ended. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.taskerTestServer?.stop();
}
