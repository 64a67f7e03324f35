import ts from 'typescript';
import { declare } from './module-declaration.js';

const provide = (source: string): string => declare(ts, source, { className: 'New', list: 'providers' }, './new');

const CASES: [what: string, before: string, after: string][] = [
  [
    'a list on one line',
    `import { Module } from '@nestjs/common';\n\n@Module({ providers: [Old] })\nexport class AppModule {}\n`,
    `import { Module } from '@nestjs/common';\nimport { New } from './new';\n\n@Module({ providers: [Old, New] })\nexport class AppModule {}\n`,
  ],
  [
    'a list over several lines, with a comma at its end',
    `import { Module } from "@nestjs/common";\n@Module({\n  providers: [\n    // the first\n    Old, // old\n    { provide: 'x', useValue: [1] },\n  ],\n})\nclass M {}`,
    `import { Module } from "@nestjs/common";\nimport { New } from "./new";\n@Module({\n  providers: [\n    // the first\n    Old, // old\n    { provide: 'x', useValue: [1] },\n    New,\n  ],\n})\nclass M {}`,
  ],
  [
    'an empty list',
    `import { Module } from '@nestjs/common'\n@Module({ 'providers': [] })\nclass M {}`,
    `import { Module } from '@nestjs/common'\nimport { New } from './new'\n@Module({ 'providers': [New] })\nclass M {}`,
  ],
  [
    'metadata without the list',
    `import { Module } from '@nestjs/common';\n@Module({\n  imports: [A],\n})\nclass M {}`,
    `import { Module } from '@nestjs/common';\nimport { New } from './new';\n@Module({\n  imports: [A],\n  providers: [New],\n})\nclass M {}`,
  ],
  [
    'empty metadata, and lines that end as on Windows',
    `import { Module } from '@nestjs/common';\r\n@Module({})\r\nclass M {}\r\n`,
    `import { Module } from '@nestjs/common';\r\nimport { New } from './new';\r\n@Module({\r\n  providers: [New],\r\n})\r\nclass M {}\r\n`,
  ],
  [
    'a module without imports',
    `@Module({ providers: [] })\nclass M {}`,
    `import { New } from './new';\n\n@Module({ providers: [New] })\nclass M {}`,
  ],
  [
    'a module with a constructor, beside a class without a name',
    `import { Module } from '@nestjs/common';\n@Module({ providers: [] })\nclass M { constructor(@Inject('a') private readonly a: A) {} }\nexport default class {}`,
    `import { Module } from '@nestjs/common';\nimport { New } from './new';\n@Module({ providers: [New] })\nclass M { constructor(@Inject('a') private readonly a: A) {} }\nexport default class {}`,
  ],
  [
    'another class before it',
    `import { Module, Global } from '@nestjs/common';\n@Injectable({ providers: [] })\nclass A {}\n@Global()\n@Module({ providers: [A] })\nclass M {}`,
    `import { Module, Global } from '@nestjs/common';\nimport { New } from './new';\n@Injectable({ providers: [] })\nclass A {}\n@Global()\n@Module({ providers: [A, New] })\nclass M {}`,
  ],
];

describe('declare', () => {
  it.each(CASES)('enters a class in %s', (_what, before, after) => {
    expect(provide(before)).toBe(after);
    expect(provide(after)).toBe(after);
  });

  it.each([
    ['@Module({ providers: PROVIDERS })\nclass M {}', 'its providers are not written as a list'],
    ['@Module({ providers })\nclass M {}', 'its providers are not written as a list'],
    ['@Module(METADATA)\nclass M {}', 'it has no class with @Module({ … })'],
    ['export const x = 1;', 'it has no class with @Module({ … })'],
    [
      `import { New } from './other';\n@Module({ providers: [] })\nclass M {}`,
      "it imports another New, from './other'",
    ],
    ['@Module({ providers: [] })\nclass New {}', 'it has something else of the name New'],
    ['@Module({ providers: [ )\nclass M {}', 'it does not parse'],
  ])('leaves %j alone', (source, reason) => expect(() => provide(source)).toThrow(reason));
});
