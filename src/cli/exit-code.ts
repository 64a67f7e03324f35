/** How a command ends. `--help` documents the same. */
export const EXIT_CODE = {
  done: 0,
  /** Wrong usage, a finding, a refusal, or no server. */
  failed: 1,
  taskFailed: 2,
  taskCancelled: 3,
  /** As shells have it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

const BY_STATUS: Record<string, number> = {
  complete: EXIT_CODE.done,
  resolved_manually: EXIT_CODE.done,
  error: EXIT_CODE.taskFailed,
  cancelled: EXIT_CODE.taskCancelled,
};

/** What a program that waited for a task is told by the exit code. */
export const exitCodeOf = (status: string): number => BY_STATUS[status] ?? EXIT_CODE.failed;
