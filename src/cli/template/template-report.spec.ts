import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplates } from '../../index.js';
import { PAYMENT_PROCESSING_TASK, PAYMENT_WORKFLOW } from '../../../test/support/seed-templates.js';
import { templateDetails } from './template-details.js';
import { templateReport, templateTable } from './template-report.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(yaml: string) {
  const file = join(folder, 'template.yaml');
  writeFileSync(file, yaml);
  return loadTemplates([file], { environment: 'development', env: {} }).templates[0]!;
}

describe('a template, for people', () => {
  it('has its limits, rules, escalations, events, metrics, alerts and scenarios', () => {
    const report = templateReport(load(PAYMENT_WORKFLOW));
    expect(report).toMatch(/^on failure +stop_on_first_failure$/m);
    expect(report).toMatch(/^at once +5 steps of a task$/m);
    expect(report).toMatch(/^over all workers +50 tasks, 200 steps, 1000 tasks waiting$/m);
    expect(report).toMatch(/^a process needs +512000000 bytes of memory, 1 CPU, 5 connections$/m);
    expect(report).toMatch(/^not tried again +ValidationError, AuthenticationError, /m);
    expect(report).toMatch(/^encryption +aes-256-gcm$/m);
    expect(report).toMatch(/^allowed roles +payment_processor, admin$/m);
    expect(report).toMatch(/^supported_currencies +currency in \['USD', 'EUR', 'GBP'\] +Pay in USD, EUR or GBP$/m);
    expect(report).toMatch(/^escalation\.escalate_to_support +retry_count >= 3$/m);
    expect(report).toMatch(/^step\.completed +audit_log, monitoring, analytics$/m);
    expect(report).toMatch(/^step_execution_time +histogram$/m);
    expect(report).toMatch(/^slow_step_execution +warning +step_execution_time > 30s$/m);
    expect(report).toMatch(/^timeout_recovery +The charge times out once$/m);
  });

  it('says nothing of what it does not say', () => {
    const plain = load('name: t\nstep_templates: [{ name: a, handler_class: b }]');
    expect(templateReport(plain)).not.toMatch(/rules|alerts|encryption|priority|workers|scenario/);
    expect(templateTable([plain])).not.toContain('TAGS');
  });

  it('has its tags in a list', () => {
    expect(templateTable([load(PAYMENT_PROCESSING_TASK)])).toContain('payment, customer_workflow, financial');
  });
});

describe('a template, for programs', () => {
  it('is all of it, in snake case but for names that people gave', () => {
    const details = templateDetails(load(PAYMENT_PROCESSING_TASK));
    expect(details).toMatchObject({
      full_name: 'payment_processing.payment_processing_workflow@1.0.0',
      tags: ['payment', 'customer_workflow', 'financial'],
      priority: 50,
      execution_mode: 'parallel',
      max_concurrent_steps: 3,
      max_duration_seconds: 60,
      events: { publish: { 'step.started': true } },
      technical_constraints: { memory_bytes: null },
      steps: [{ level: 0, retry_backoff: { base_ms: 5000 }, handler_config: { max_amount: 100 } }, {}, {}],
    });
    expect(JSON.stringify(details)).toContain('"payload_schema":{"type":"object","properties":{"amount"');
  });
});
