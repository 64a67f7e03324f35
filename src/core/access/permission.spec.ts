import fc from 'fast-check';
import { ACTIONS, grants, permissionFindings, PERMISSIONS, type Permission } from './permission.js';

const permission = fc.constantFrom(...PERMISSIONS);
const resourceOf = (one: Permission): string => one.split(':')[0]!;

describe('permissions', () => {
  it('are granted by themselves, by all of their resource, and by everything', () => {
    fc.assert(
      fc.property(permission, (one) => {
        expect([[one], [`${resourceOf(one)}:*`], ['*']].every((held) => grants(held, one))).toBe(true);
      }),
    );
  });

  it('are granted by nothing else', () => {
    const held = fc.array(
      fc.oneof(permission, fc.constantFrom(...Object.keys(ACTIONS).map((one) => `${one}:*`)), fc.string()),
    );
    fc.assert(
      fc.property(held, permission, (all, one) => {
        const because = [one, `${resourceOf(one)}:*`, '*'].some((reason) => all.includes(reason));
        expect(grants(all, one)).toBe(because);
      }),
    );
  });

  it('grant no more for being held with others', () => {
    fc.assert(
      fc.property(fc.array(permission), fc.array(permission), permission, (some, more, one) => {
        expect(grants([...some, ...more], one)).toBe(grants(some, one) || grants(more, one));
      }),
    );
  });

  it.each([
    'tasker.task',
    'task:create',
    'tasker.*:show',
    '*:*',
    '*:show',
    'tasker.task:',
    'tasker.task:creat',
    '',
    ' *',
  ])('are none where somebody is given %j', (text) => {
    expect(PERMISSIONS.some((one) => grants([text], one))).toBe(false);
    expect(permissionFindings([text])).toHaveLength(1);
  });

  it('are suggested where one is nearly right', () => {
    expect(permissionFindings(['tasker.task:creat'])[0]!.message).toContain('Did you mean "tasker.task:create"?');
    expect(permissionFindings(['*', 'tasker.handler:*', 'tasker.metrics:index'])).toEqual([]);
  });
});
