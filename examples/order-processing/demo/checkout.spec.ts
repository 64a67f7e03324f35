import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { setupProblems } from 'nest-tasker';
import { TaskerTesting, TaskerTestingModule } from 'nest-tasker/testing';
import request from 'supertest';
import { orderContext } from '../order.fixture.js';
import { OrderProcessingModule } from '../order-processing.module.js';
import { EmailService } from '../shop/email.service.js';
import type { CheckoutStatus } from './checkout.controller.js';

let app: INestApplication;
let tasker: TaskerTesting;

beforeAll(async () => {
  const module = await Test.createTestingModule({
    imports: [TaskerTestingModule.forRoot(), OrderProcessingModule],
  }).compile();
  app = setupProblems(module.createNestApplication({ logger: false }));
  await app.init();
  tasker = app.get(TaskerTesting);
});
afterAll(() => app?.close());

const shop = () => request(app.getHttpServer());
const statusOf = async (url: string) => (await shop().get(url).expect(200)).body as CheckoutStatus;

async function checkOut(): Promise<{ checkout_id: string; status_url: string }> {
  const { body } = await shop().post('/demo/checkout').send(orderContext()).expect(202);
  await tasker.finished(body.checkout_id);
  return body;
}

describe('the shop’s front', () => {
  it('takes a checkout, and tells of its order', async () => {
    const { checkout_id, status_url } = await checkOut();
    expect(await statusOf(status_url)).toMatchObject({
      checkout_id,
      status: 'confirmed',
      order: { total_amount: 124.76, status: 'confirmed' },
      confirmation_sent: true,
      problem: null,
    });
  });

  it('says why a checkout has stopped, and lets it go on', async () => {
    const emails = app.get(EmailService);
    emails.fail('/messages', { status: 422 });
    const { checkout_id, status_url } = await checkOut();
    expect(await statusOf(status_url)).toMatchObject({
      status: 'stopped',
      current_step: 'send_confirmation',
      completed_steps: ['validate_cart', 'process_payment', 'update_inventory', 'create_order'],
      problem: { step: 'send_confirmation', code: 'HTTP_422' },
    });

    emails.reset();
    await shop().post(`${status_url}/retry`).expect(202);
    await tasker.finished(checkout_id);
    expect(await statusOf(status_url)).toMatchObject({ status: 'confirmed', confirmation_sent: true });
  });

  it('waits for a system that is down for everybody, and goes on when it is back', async () => {
    const emails = app.get(EmailService);
    emails.reset();
    emails.fail('/messages', { status: 503, times: 5 });
    const { checkout_id, status_url } = await checkOut();
    await shop().post(`${status_url}/retry`).expect(202);
    await tasker.finished(checkout_id);
    expect(await statusOf(status_url)).toMatchObject({ status: 'confirmed' });
    expect(emails.calls()).toHaveLength(6);
  });

  it('shows the workflow behind a checkout', async () => {
    const { status_url } = await checkOut();
    const { body } = await shop().get(`${status_url}/workflow`).expect(200);
    expect(body).toMatchObject({ workflow: 'ecommerce.process_order@1.0.0', completion_percentage: 100 });
    expect(body.steps[4]).toMatchObject({ name: 'send_confirmation', retry_limit: 5, depends_on: ['create_order'] });
  });

  it('refuses what is no checkout, saying everything that is wrong with it', async () => {
    const { body } = await shop().post('/demo/checkout').send({ priority: 'now' }).expect(422);
    expect(body.errors).toHaveLength(4);
    await shop().get('/demo/checkout/017f22e2-79b0-7cc3-98c4-dc0c0c07398f').expect(404);
  });
});
