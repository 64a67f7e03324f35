/** Gathers an option that may be given several times, for commander. */
export const repeated = (value: string, before: string[] = []): string[] => [...before, value];
