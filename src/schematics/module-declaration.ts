import type TypeScript from 'typescript';
import { GenerationError } from './generation-error.js';

/** What a module is to know of a new element. */
export interface Declaration {
  className: string;
  /** The list of the module's metadata that it goes into. */
  list: 'providers' | 'imports';
}

interface Insertion {
  at: number;
  text: string;
}

/**
 * A module's source with a class imported and in one of its lists; the rest to the letter as it was.
 *
 * @param specifier - what the class is imported from
 * @throws GenerationError where the module is not written so that the place could be found
 */
export function declare(ts: typeof TypeScript, source: string, declaration: Declaration, specifier: string): string {
  return new ModuleSource(ts, source).with(declaration, specifier);
}

class ModuleSource {
  private readonly file: TypeScript.SourceFile;
  private readonly newline: string;

  constructor(
    private readonly ts: typeof TypeScript,
    private readonly text: string,
  ) {
    this.file = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest, true);
    this.newline = text.includes('\r\n') ? '\r\n' : '\n';
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
    if (diagnostics && diagnostics.length > 0) throw new GenerationError('it does not parse');
  }

  with({ className, list }: Declaration, specifier: string): string {
    const insertions = [this.entry(className, list), this.import(className, specifier)];
    return insertions
      .filter((insertion) => insertion !== null)
      .sort((a, b) => b.at - a.at)
      .reduce((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), this.text);
  }

  private entry(className: string, list: string): Insertion | null {
    const metadata = this.metadata();
    const property = metadata.properties.find((each) => each.name?.getText(this.file).replaceAll(/['"]/g, '') === list);
    if (!property) return this.added(metadata.properties, metadata, `${list}: [${className}]`);
    const value = this.ts.isPropertyAssignment(property) ? property.initializer : property;
    if (!this.ts.isArrayLiteralExpression(value)) throw new GenerationError(`its ${list} are not written as a list`);
    if (value.elements.some((element) => element.getText(this.file) === className)) return null;
    return this.added(value.elements, value, className);
  }

  /** Behind the last of a list, laid out as that is. */
  private added(items: TypeScript.NodeArray<TypeScript.Node>, list: TypeScript.Node, text: string): Insertion {
    const last = items.at(-1);
    if (!last) {
      const inBraces = this.ts.isObjectLiteralExpression(list) ? `${this.newline}  ${text},${this.newline}` : text;
      return { at: list.getStart(this.file) + 1, text: inBraces };
    }
    const [indent] = /\n[ \t]*$/.exec(this.text.slice(last.getFullStart(), last.getStart(this.file))) ?? [];
    const space = indent === undefined ? ' ' : this.newline + indent.slice(1);
    return { at: last.getEnd(), text: `,${space}${text}` };
  }

  private metadata(): TypeScript.ObjectLiteralExpression {
    const { ts } = this;
    for (const statement of this.file.statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      for (const { expression } of ts.getDecorators(statement) ?? []) {
        if (!ts.isCallExpression(expression) || expression.expression.getText(this.file) !== 'Module') continue;
        const [metadata] = expression.arguments;
        if (metadata && ts.isObjectLiteralExpression(metadata)) return metadata;
      }
    }
    throw new GenerationError('it has no class with @Module({ … })');
  }

  private import(className: string, specifier: string): Insertion | null {
    const imports = this.file.statements.filter((each) => this.ts.isImportDeclaration(each));
    const known = imports.find((each) => this.namesOf(each).includes(className));
    if (known) {
      const from = (known.moduleSpecifier as TypeScript.StringLiteral).text;
      if (from === specifier) return null;
      throw new GenerationError(`it imports another ${className}, from '${from}'`);
    }
    if (
      this.file.statements.some((each) => (each as { name?: TypeScript.Node }).name?.getText(this.file) === className)
    ) {
      throw new GenerationError(`it has something else of the name ${className}`);
    }
    const last = imports.at(-1);
    const [quote] = last?.moduleSpecifier.getText(this.file) ?? "'";
    const end = last && !last.getText(this.file).endsWith(';') ? '' : ';';
    const line = `import { ${className} } from ${quote}${specifier}${quote}${end}`;
    if (last) return { at: last.getEnd(), text: `${this.newline}${line}` };
    return { at: this.file.getFullStart(), text: `${line}${this.newline}${this.newline}` };
  }

  private namesOf({ importClause }: TypeScript.ImportDeclaration): string[] {
    const bindings = importClause?.namedBindings;
    const named = bindings && this.ts.isNamedImports(bindings) ? bindings.elements : [bindings];
    return [importClause, ...named].flatMap((each) => each?.name?.text ?? []);
  }
}
