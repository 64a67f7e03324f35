import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditReader } from '../../src/delivery/audit-reader.js';
import { EVERYTHING } from '../../src/delivery/interest.js';
import { Database } from '../../src/persistence/database.js';
import { AlertStore } from '../../src/persistence/stores/alert.store.js';
import { AuditStore } from '../../src/persistence/stores/audit.store.js';
import { TemplateStore } from '../../src/persistence/stores/template.store.js';
import { TemplateCatalog } from '../../src/persistence/template-catalog.js';
import { Vault } from '../../src/persistence/vault.js';
import { report } from './evidence.js';
import { DeliveryReceiver } from './delivery-receiver.js';
import { SUBSCRIPTION, type DeliveryOrders } from './delivery-orders.js';
import { makeProgram, type Program } from './program.js';
import { seeded } from './seeded.js';
import { Stage } from './stage.js';
import { single } from './templates.js';
import { Worker } from './worker.js';

/** Each comes to seven events: 1,430 tasks to ten thousand. */
const TASKS = Number(process.env.TASKER_TEST_DELIVERY_TASKS ?? 60);
const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const TEMPLATES = [single('order', {})];
const PATIENCE_MS = 30_000 + TASKS * 200;
/** Workers that die are noticed soon, and so are holders. */
const SOON = { slots: 10, silentMs: 1_000, heartbeatMs: 200, maxLosses: 20 };

interface Expected {
  id: string;
  body: string;
}

describe(`durable delivery to a receiver that fails at random (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const receiver = new DeliveryReceiver(random);
  const nodes: Worker[] = [];
  const killed: Worker[] = [];
  let stage: Stage;
  let program: Program;
  /** The events of each task, as the audit has them. */
  let expected: Map<string, Expected[]>;

  const start = (): Worker => {
    const name = `node-${nodes.length}`;
    const orders: DeliveryOrders = {
      databaseUrl: stage.databaseUrl,
      receiverUrl: receiver.url,
      templates: TEMPLATES,
      worker: { ...SOON, name },
    };
    const node = new Worker({ ...program, worker: join(dirname(program.worker), 'delivery-process.js') }, orders);
    nodes.push(node);
    return node;
  };
  /** The node that has the subscription now. */
  const holder = async (): Promise<Worker> => {
    for (let looks = 0; looks < 200; looks++) {
      const [row] = await stage.query<{ name: string }>(
        `select holder_name as name from tasker.subscription where name = $1 and leased_until > now()`,
        [SUBSCRIPTION],
      );
      const node = row?.name ? nodes[Number(row.name.slice('node-'.length))] : undefined;
      if (node?.isRunning) return node;
      await delay(50);
    }
    throw new Error('nobody has the subscription');
  };
  const received = async (count: number): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    while (new Set(receiver.receipts.map(({ id }) => id)).size < count) {
      if (Date.now() > deadline) throw new Error(`${receiver.receipts.length} posts, not ${count} events`);
      await delay(20);
    }
  };
  /** Until nothing is left to deliver. */
  const delivered = async (): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const [left] = await stage.query<{ rows: number; kept: number }>(
        `select (n.last_value - s.position)::int as rows, (select count(*)::int from tasker.delivery) as kept
         from tasker.subscription s, tasker.audit_no n`,
      );
      if (left!.rows === 0 && left!.kept === 0) return;
      if (Date.now() > deadline) throw new Error(`not delivered: ${JSON.stringify(left)}`);
      await delay(50);
    }
  };

  beforeAll(
    async () => {
      program = makeProgram();
      await receiver.open();
      stage = await Stage.open({ templates: TEMPLATES });
      start();
      start();
      await Promise.all(nodes.map(({ ready }) => ready));
      const events = 7 * TASKS;
      await stage.create('order', TASKS);
      for (const share of [0.25, 0.6]) {
        await received(events * share);
        const victim = await holder();
        await victim.kill();
        killed.push(victim);
        start();
      }
      await stage.untilSettled(PATIENCE_MS);
      await delivered();
      expected = await eventsOf(stage.databaseUrl);
    },
    60_000 + 3 * PATIENCE_MS,
  );

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await stage?.close();
    await receiver.close();
    program?.remove();
  }, 30_000);

  it('brings every event, though its holder was killed twice', () => {
    expect(killed.every(({ exit }) => exit?.signal === 'SIGKILL')).toBe(true);
    const ids = [...expected.values()].flatMap((events) => events.map(({ id }) => id));
    expect(ids.length).toBeGreaterThanOrEqual(7 * TASKS);
    const got = new Set(receiver.receipts.map(({ id }) => id));
    expect(ids.filter((id) => !got.has(id))).toEqual([]);
    expect(got.size).toBe(ids.length);
  });

  it('brings the events of a task in their order: none before the one before it was taken', () => {
    const wrong: string[] = [];
    for (const [taskId, events] of expected) {
      const taken = new Set<string>();
      const places = new Map(events.map(({ id }, place) => [id, place]));
      for (const { id, said } of receiver.receipts.filter((receipt) => receipt.taskId === taskId)) {
        const before = events[places.get(id)! - 1];
        if (before && !taken.has(before.id)) wrong.push(`${id} before ${before.id}`);
        if (said === 'taken') taken.add(id);
      }
      if (taken.size !== events.length) wrong.push(`task ${taskId}: ${taken.size} of ${events.length} taken`);
    }
    expect(wrong).toEqual([]);
  });

  it('brings duplicates under the same id, and with the same content', () => {
    const bodies = new Map([...expected.values()].flat().map(({ id, body }) => [id, body]));
    const different = receiver.receipts.filter(({ id, body }) => bodies.get(id) !== body);
    expect(different).toEqual([]);
    expect(receiver.receipts.length).toBeGreaterThan(bodies.size);
    report('durable delivery', { events: bodies.size, posts: receiver.receipts.length, kills: killed.length });
  });
});

/** What is to be delivered, read from the audit by this process. */
async function eventsOf(url: string): Promise<Map<string, Expected[]>> {
  const database = await Database.connect({ url, schema: 'tasker' }, 3);
  try {
    const audit = new AuditStore(database);
    const reader = new AuditReader(
      audit,
      new AlertStore(database),
      new TemplateCatalog(new TemplateStore(database)),
      new Vault({ encryption: null }),
    );
    const { position } = await audit.horizon(0);
    const found = new Map<string, Expected[]>();
    for (let after = 0; after < position;) {
      const page = await reader.page(after, position, EVERYTHING);
      for (const { id, taskId, payload } of page.events) {
        found.set(taskId, [...(found.get(taskId) ?? []), { id, body: JSON.stringify(payload) }]);
      }
      after = page.upto;
    }
    return found;
  } finally {
    await database.close();
  }
}
