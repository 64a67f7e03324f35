import fc from 'fast-check';
import { compare } from 'semver';
import { loadTemplates } from './load-templates.js';
import type { LoadedTemplate } from './load-templates.js';
import { TemplateRegistry } from './template-registry.js';

function loaded(namespace: string, name: string, version: string, description = ''): LoadedTemplate {
  const step = { name: 'a', handler_class: 'b' };
  const definition = { namespace, name, version, description, step_templates: [step] };
  return loadTemplates([definition], { environment: 'test', env: {} }).templates[0]!;
}

function registryOf(...names: [namespace: string, name: string, version: string][]): TemplateRegistry {
  const registry = new TemplateRegistry();
  for (const [namespace, name, version] of names) registry.add(loaded(namespace, name, version));
  return registry;
}

const shop = { namespace: 'shop', name: 'checkout' };

describe('TemplateRegistry', () => {
  it('finds a version, and the highest without one', () => {
    const registry = registryOf(
      ...['0.9.0', '0.10.0', '0.2.0'].map((version) => ['shop', 'checkout', version] as [string, string, string]),
    );
    expect(registry.find(shop)!.template.version).toBe('0.10.0');
    expect(registry.find({ ...shop, version: '0.2.0' })!.template.version).toBe('0.2.0');
    expect(registry.find({ ...shop, version: '0.3.0' })).toBeUndefined();
    expect(registry.find({ namespace: 'default', name: 'checkout' })).toBeUndefined();
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
        expect(registry.find(shop)!.template.version).toBe([...versions].sort(compare).at(-1));
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
    registry.add(loaded('shop', 'checkout', '1.0.0'));
    const other = loaded('shop', 'checkout', '1.0.0', 'other');
    expect(() => registry.add(other)).toThrow(expect.objectContaining({ code: 'template_conflict' }));
    registry.add(other, { replace: true });
    expect(registry.list()).toEqual([other]);
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
