import { createHash } from 'node:crypto';

/** What an alert is known by: what declares it, and its name. Null where it is about all of them. */
export interface AlertKey {
  namespace: string | null;
  template: string | null;
  name: string;
  /** Whether a template declares it: a file may declare another of the same name about that template. */
  ofTemplate: boolean;
}

/** The id of an alert: the same in all processes, whatever else its definition says. A UUID of version 8. */
export function alertId({ namespace, template, name, ofTemplate }: AlertKey): string {
  const key = ofTemplate ? ['template', namespace, template, name] : ['file', name];
  const bytes = createHash('sha256').update(JSON.stringify(key)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
