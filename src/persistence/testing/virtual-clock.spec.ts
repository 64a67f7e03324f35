import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clockedUrl } from './virtual-clock.js';

describe('clockedUrl', () => {
  const pathOf = (url: string): string | null => new URL(url).searchParams.get('options');

  it('has the schema come before PostgreSQL’s own functions, on every connection to it', () => {
    const url = clockedUrl('postgres://a:b@localhost:5432/test', 'tasker');
    expect(pathOf(url)).toBe('-c search_path="$user",public,"tasker",pg_catalog');
    expect(url).toMatch(/^postgres:\/\/a:b@localhost:5432\/test\?options=/);
  });

  it('keeps what the address asks for already, and blanks in the name', () => {
    const url = clockedUrl('postgres://localhost/test?sslmode=disable&options=-c work_mem=8MB', 'my schema');
    expect(pathOf(url)).toBe('-c work_mem=8MB -c search_path="$user",public,"my\\ schema",pg_catalog');
    expect(new URL(url).searchParams.get('sslmode')).toBe('disable');
  });
});

describe('all other SQL', () => {
  it('writes the time as now() or clock_timestamp(), which tests may move', () => {
    const root = join(__dirname, '..', '..');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /(?<!\.spec)\.(ts|sql)$/.test(path) && !path.includes(join('persistence', 'testing')),
    );
    const others =
      /\b(current_(timestamp|time|date)|local(timestamp|time)|(statement|transaction)_timestamp|timeofday|pg_catalog\.now)\b/i;
    const wrong = files.filter((path) => others.test(readFileSync(join(root, path), 'utf8')));
    expect(files.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });
});
