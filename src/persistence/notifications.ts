import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { Client } from 'pg';
import { Database } from './database.js';

interface Signals {
  /** Steps may be claimable. */
  ready: [];
  /** Attempts of these tasks may have to stop. */
  stop: [taskIds: string[]];
  /** These tasks have come to rest. */
  settled: [taskIds: string[]];
  /** What workers remember of these tasks is out of date. */
  changed: [taskIds: string[]];
  /** Steps of these tasks wait to be admitted. */
  queued: [taskIds: string[]];
  /** The circuit of some system has opened or closed. */
  circuits: [];
}
type Signal = keyof Signals;

/** NOTIFY carries 8,000 bytes at most. */
const IDS_PER_MESSAGE = 150;
const RECONNECT_MS = { first: 100, longest: 5_000 };
/** A connection that has gone dead without a word is found out by asking it something. */
const PROBE_MS = 15_000;
const PROBE_PATIENCE_MS = 5_000;

/**
 * Hints between the parts of this process, and between processes by LISTEN and NOTIFY on a connection of its own.
 * A hint may be lost: whoever acts on one also looks for itself now and then.
 */
@Injectable()
export class Notifications {
  private readonly logger = new Logger('tasker.notifications');
  private readonly emitter = new EventEmitter<Signals>().setMaxListeners(0);
  private readonly channel: string;
  private client: Client | null = null;
  private stopped = false;
  /** No other worker is known to be alive: nobody needs to hear that steps are ready. */
  alone = false;
  private readyQueued = false;
  private sending: Promise<void> | null = null;
  /** Whoever gives a hint has nothing to do with its way to others: no trace of a request shows it. */
  private readonly apart = new AsyncResource('tasker.Notifications');

  constructor(private readonly database: Database) {
    this.channel = `tasker:${database.location.schema}`;
  }

  on<S extends Signal>(signal: S, listener: (...args: Signals[S]) => void): () => void {
    this.emitter.on(signal, listener as never);
    return () => this.emitter.off(signal, listener as never);
  }

  /** Tells the listeners in this process. */
  tell<S extends Signal>(signal: S, ...args: Signals[S]): void {
    this.emitter.emit(signal, ...(args as never));
  }

  /** Tells other processes that steps are ready: one NOTIFY for all that comes while another is on its way. */
  announceReady(): void {
    if (!this.alone) this.announceAlways();
  }

  /** As announceReady, but also to a worker that may just have started. */
  announceAlways(): void {
    this.readyQueued = true;
    this.sending ??= this.send().finally(() => (this.sending = null));
  }

  /** Tells other processes about tasks. */
  async announce(signal: 'stop' | 'settled' | 'changed' | 'queued', taskIds: string[]): Promise<void> {
    for (let from = 0; from < taskIds.length; from += IDS_PER_MESSAGE) {
      await this.notify([signal, ...taskIds.slice(from, from + IDS_PER_MESSAGE)]).catch(() => undefined);
    }
  }

  /** Tells other processes that the circuit of some system has changed. */
  async announceCircuits(): Promise<void> {
    await this.notify(['circuits']).catch(() => undefined);
  }

  /** What a transaction of the caller's sends when it commits. */
  readyStatement(): { text: string; values: string[] } {
    return { text: 'select pg_notify($1, $2)', values: [this.channel, '["ready"]'] };
  }

  /** The same of tasks with steps that have to be admitted. */
  queuedStatements(taskIds: readonly string[]): { text: string; values: string[] }[] {
    return Array.from({ length: Math.ceil(taskIds.length / IDS_PER_MESSAGE) }, (_, n) => {
      const ids = taskIds.slice(n * IDS_PER_MESSAGE, (n + 1) * IDS_PER_MESSAGE);
      return { text: 'select pg_notify($1, $2)', values: [this.channel, JSON.stringify(['queued', ...ids])] };
    });
  }

  /** Listens until `close`, reconnecting by itself; never rejects. */
  async listen(): Promise<void> {
    let wait = RECONNECT_MS.first;
    while (!this.stopped) {
      try {
        const { ended } = await this.connect();
        // What was sent while nobody listened is lost: look once.
        this.tell('ready');
        wait = RECONNECT_MS.first;
        await ended;
      } catch (error) {
        if (!this.stopped) this.logger.warn(`Cannot listen for notifications, polling meanwhile: ${String(error)}`);
      }
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, wait).unref());
      wait = Math.min(wait * 2, RECONNECT_MS.longest);
    }
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.sending?.catch(() => undefined);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<{ ended: Promise<void> }> {
    const socket = new Socket();
    const client = new Client({
      stream: () => socket,
      connectionString: this.database.location.url,
      application_name: 'tasker listen',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.once('error', () => resolve());
    });
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => this.receive(payload ?? ''));
    await client.connect();
    this.client = client;
    // closed meanwhile
    if (this.stopped) await client.end();
    await client.query(`listen ${client.escapeIdentifier(this.channel)}`);
    const probe = setInterval(() => this.probe(client, socket), PROBE_MS);
    probe.unref();
    const over = ended.then(() => {
      clearInterval(probe);
      void client.end().catch(() => undefined);
    });
    return { ended: over };
  }

  private probe(client: Client, socket: Socket): void {
    const patience = setTimeout(() => socket.destroy(), PROBE_PATIENCE_MS);
    const answered = (): void => clearTimeout(patience);
    client.query('select 1').then(answered, answered);
  }

  private receive(payload: string): void {
    try {
      const [signal, ...ids] = JSON.parse(payload) as [Signal, ...string[]];
      if (signal === 'ready' || signal === 'circuits') this.tell(signal);
      else this.tell(signal, ids);
    } catch {
      this.logger.warn(`Ignored a notification that is not ours: ${payload.slice(0, 100)}`);
    }
  }

  private async send(): Promise<void> {
    while (this.readyQueued) {
      this.readyQueued = false;
      await this.notify(['ready']).catch(() => undefined);
    }
  }

  private async notify(message: string[]): Promise<void> {
    // A hint need not wait for the disk, nor make others' commits wait for it.
    const sql = `select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`;
    const parameters = [this.channel, JSON.stringify(message)];
    await this.apart.runInAsyncScope(() => this.database.dataSource.query(sql, parameters));
  }
}
