import { get, type IncomingMessage } from 'node:http';

export interface ServerSentEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** A client of a stream, as a browser's EventSource is one, but that goes on only when it is told to. */
export class EventSource {
  readonly events: ServerSentEvent[] = [];
  readonly comments: string[] = [];
  /** Field `retry`, in milliseconds. */
  retry: number | null = null;
  isEnded = false;
  private text = '';
  private listeners: (() => void)[] = [];

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    const changed = (): void => this.listeners.splice(0).forEach((tell) => tell());
    response.on('data', (chunk: string) => {
      this.read(chunk);
      changed();
    });
    response.on('close', () => {
      this.isEnded = true;
      changed();
    });
    response.on('error', () => undefined);
  }

  static open(url: string, lastEventId?: string, more: Record<string, string> = {}): Promise<EventSource> {
    return new Promise((resolve, reject) => {
      const headers = { Accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }), ...more };
      get(url, { headers, agent: false }, (response) => resolve(new EventSource(response))).on('error', reject);
    });
  }

  /** Names of the events, in their order. */
  get names(): string[] {
    return this.events.map(({ event }) => event);
  }

  async until(what: string, condition: (source: this) => boolean, withinMs = 10_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!condition(this)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`not within ${withinMs} ms: ${what}; there came ${this.names.join(', ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  close(): void {
    this.response.destroy();
  }

  private read(chunk: string): void {
    this.text += chunk;
    const parts = this.text.split('\n\n');
    this.text = parts.pop()!;
    for (const part of parts) this.take(part.split('\n'));
  }

  private take(lines: string[]): void {
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    this.comments.push(...lines.filter((line) => line.startsWith(':')));
    if (field('retry')) this.retry = Number(field('retry'));
    const [id, event, data] = [field('id'), field('event'), field('data')];
    if (id && event && data) this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
  }
}
