import fc from 'fast-check';
import { compare } from 'semver';
import { loadTemplates } from '../templates/load-templates.js';
import type { LoadedTemplate } from '../templates/load-templates.js';
import { TemplateRegistry } from './template.registry.js';

function loaded(namespace: string, name: string, version: string, description = ''): LoadedTemplate {
  const step = { name: 'a', handler_class: 'b' };
  const definition = { namespace, name, version, description, step_templates: [step] };
  return loadTemplates([definition], { environment: 'test', env: {} }).templates[0]!;
}

function registryOf(...names: [namespace: string, name: string, version: string][]): TemplateRegistry {
  const registry = new TemplateRegistry();
  for (const [namespace, name, version] of names) registry.register(loaded(namespace, name, version));
  return registry;
}

const shop = { namespace: 'shop', name: 'checkout' };

describe('TemplateRegistry', () => {
  it('finds a version, and the highest without one', () => {
    const registry = registryOf(
      ...['0.9.0', '0.10.0', '0.2.0'].map((version) => ['shop', 'checkout', version] as [string, string, string]),
    );
    expect(registry.get(shop)!.template.version).toBe('0.10.0');
    expect(registry.get({ ...shop, version: '0.2.0' })!.template.version).toBe('0.2.0');
    expect(registry.get({ ...shop, version: '0.3.0' })).toBeUndefined();
    expect(registry.get({ namespace: 'default', name: 'checkout' })).toBeUndefined();
  });

  it('ranks a prerelease below its release', () => {
    const registry = registryOf(
      ['shop', 'checkout', '1.0.0'],
      ['shop', 'checkout', '1.0.0-rc.1'],
      ['shop', 'checkout', '0.9.9'],
    );
    expect(registry.list().map(({ template }) => template.version)).toEqual(['1.0.0', '1.0.0-rc.1', '0.9.9']);
  });

  it('finds the highest whatever the order of adding', () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1, maxLength: 6 }), (versions) => {
        const registry = registryOf(...versions.map((each) => ['shop', 'checkout', each] as [string, string, string]));
        expect(registry.get(shop)!.template.version).toBe([...versions].sort(compare).at(-1));
      }),
      { numRuns: 50 },
    );
  });

  it('lists by namespace and name', () => {
    const registry = registryOf(['b', 'a', '1.0.0'], ['a', 'b', '1.0.0'], ['a', 'a', '1.0.0']);
    expect(registry.list().map(({ template }) => `${template.namespace}.${template.name}`)).toEqual([
      'a.a',
      'a.b',
      'b.a',
    ]);
  });

  it('refuses other content under a known version, unless it replaces', () => {
    const registry = registryOf(['shop', 'checkout', '1.0.0']);
    registry.register(loaded('shop', 'checkout', '1.0.0'));
    const other = loaded('shop', 'checkout', '1.0.0', 'other');
    expect(() => registry.register(other)).toThrow(expect.objectContaining({ code: 'template_conflict' }));
    registry.register(other, { replace: true });
    expect(registry.list()).toEqual([other]);
  });

  it('counts namespaces and versions, in the order of semantic versions', () => {
    const registry = registryOf(
      ['shop', 'checkout', '0.10.0'],
      ['shop', 'refund', '0.9.0'],
      ['payments', 'charge', '0.10.0'],
      ['payments', 'charge', '0.10.0-rc.2'],
      ['payments', 'charge', '0.10.0-rc.11'],
    );
    expect(registry.stats()).toMatchObject({
      registry_name: 'handlers',
      total: 5,
      total_handlers: 5,
      namespaces: ['payments', 'shop'],
      versions: ['0.9.0', '0.10.0-rc.2', '0.10.0-rc.11', '0.10.0'],
      thread_safe: true,
      last_registration: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('forgets one version, and finds the highest that is left', () => {
    const registry = registryOf(['shop', 'checkout', '0.9.0'], ['shop', 'checkout', '0.10.0']);
    expect(registry.get(shop)!.template.version).toBe('0.10.0');
    expect(registry.unregister({ ...shop, version: '0.10.0' })).toBe(true);
    expect(registry.get(shop)!.template.version).toBe('0.9.0');
    expect(registry.unregister({ ...shop, version: '0.10.0' })).toBe(false);
  });

  it('does not take a slash in a namespace for one before a name', () => {
    const registry = registryOf(['a/b', 'c', '1.0.0'], ['a', 'b/c', '1.0.0']);
    expect(registry.list()).toHaveLength(2);
    expect(registry.get({ namespace: 'a', name: 'b/c' })!.template.name).toBe('b/c');
  });

  it.each([
    ['another version', { ...shop, version: '1.0.1' }, ' Did you mean "shop.checkout@1.0.0"?'],
    ['a name nearly right', { namespace: 'shop', name: 'chekout' }, ' Did you mean "shop.checkout"?'],
    ['another namespace', { namespace: 'default', name: 'checkout' }, ' Did you mean "shop.checkout"?'],
    ['a namespace nearly right', { namespace: 'shopp', name: 'chekout' }, ' Did you mean "shop.checkout"?'],
    ['nothing near', { namespace: 'default', name: 'refund' }, ''],
  ])('suggests for %s', (_fact, reference, sentence) => {
    expect(registryOf(['shop', 'checkout', '1.0.0']).suggest(reference)).toBe(sentence);
  });
});
