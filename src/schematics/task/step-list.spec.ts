import { stepsIn } from './step-list.js';

const read = (text: string): string[] =>
  stepsIn(text).map(({ name, parents }) => `${name.snake}(${parents.map(({ snake }) => snake).join(',')})`);

describe('stepsIn', () => {
  it.each([
    ['a', ['a()']],
    ['a b c', ['a()', 'b(a)', 'c(b)']],
    ['fetchCart, charge-card', ['fetch_cart()', 'charge_card(fetch_cart)']],
    ['a b(a) c(a) d(b,c)', ['a()', 'b(a)', 'c(a)', 'd(b,c)']],
    ['a, b( a ), c (a), d(b, c)', ['a()', 'b(a)', 'c(a)', 'd(b,c)']],
    ['b(a) a other', ['b(a)', 'a()', 'other()']],
    ['a() b()', ['a()', 'b()']],
  ])('reads %s', (text, steps) => expect(read(text)).toEqual(steps));

  it.each([
    ['', 'A task needs at least one step'],
    ['a b A', 'The step "a" comes twice'],
    ['a b(z)', 'A step waits for "z", which is none of them: a, b.'],
    ['a -> b', 'The step "-" must start with a letter'],
    ['a b((a))', '"((a))" is no list of steps'],
    ['a b(a', '"(a" is no list of steps'],
    ['1st', 'The step "1st" must start with a letter'],
  ])('refuses %j', (text, message) => expect(() => stepsIn(text)).toThrow(message));
});
