import type { TextFormat } from './exposition.js';

interface Wish {
  type: string;
  parameters: ReadonlyMap<string, string>;
  quality: number;
}

/** The format that an `Accept` header asks for: OpenMetrics 1.0 where it is wanted no less than plain text, else the text format. */
export function negotiate(accept: string | undefined): TextFormat {
  const wishes = (accept ?? '').split(',').flatMap(wishOf);
  const open = qualityOf(wishes, (wish) => wish.type === 'application/openmetrics-text' && isFirstVersion(wish));
  const text = qualityOf(wishes, ({ type }) => type === 'text/plain' || type === 'text/*' || type === '*/*');
  return open > 0 && open >= text ? 'openmetrics' : 'prometheus';
}

const isFirstVersion = ({ parameters }: Wish): boolean => {
  const version = parameters.get('version') ?? '1.0.0';
  return version === '1.0.0' || version === '1';
};

const qualityOf = (wishes: readonly Wish[], suits: (wish: Wish) => boolean): number =>
  Math.max(0, ...wishes.filter(suits).map(({ quality }) => quality));

function wishOf(written: string): Wish[] {
  const [type = '', ...rest] = written.split(';').map((part) => part.trim().toLowerCase());
  if (type === '') return [];
  const parameters = new Map(
    rest.map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim(), value.trim().replace(/^"(.*)"$/, '$1')] as const;
    }),
  );
  const quality = Number(parameters.get('q') ?? 1);
  return [{ type, parameters, quality: Number.isFinite(quality) ? quality : 0 }];
}
