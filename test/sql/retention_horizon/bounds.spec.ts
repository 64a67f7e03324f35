import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

/** Seconds before now; null for nothing to do. */
const horizon = async (seconds: number | null): Promise<number | null> => {
  const [row] = await sql.engine.rows<{ id: string | null }>('select retention_horizon($1) as id', [seconds]);
  return row!.id === null
    ? null
    : Math.round((Date.now() - parseInt(row!.id.replace('-', '').slice(0, 12), 16)) / 1000);
};
const says = async (security: object): Promise<void> => {
  const template = await sql.engine.template([[]]);
  await sql.engine.rows('update template set definition = $2 where id = $1', [template, JSON.stringify({ security })]);
};

describe('retention_horizon', () => {
  it('is where the shortest of all retentions ends, and nowhere if nothing is ever due', async () => {
    await says({ auditLogging: { retentionSeconds: 5 } });
    await says({ pciCompliance: { enabled: false, dataRetentionSeconds: 5 } });
    expect(await horizon(null)).toBeNull();
    expect(await horizon(3_600)).toBeCloseTo(3_600, -1);
    await says({ pciCompliance: { enabled: true, dataRetentionSeconds: 600 } });
    expect(await horizon(null)).toBeCloseTo(600, -1);
    expect(await horizon(3_600)).toBeCloseTo(600, -1);
    expect(await horizon(60)).toBeCloseTo(60, -1);
  });
});
