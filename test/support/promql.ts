/** A series that a query asks for: its metric, and the labels that it is chosen or told apart by. */
export interface Selector {
  metric: string;
  labels: string[];
}

const FUNCTIONS = new Set(
  (
    'abs avg avg_over_time ceil clamp_max clamp_min count count_over_time delta floor group histogram_quantile ' +
    'increase irate label_replace max max_over_time min min_over_time quantile rate round sum sum_over_time topk bottomk ' +
    'time vector'
  ).split(' '),
);
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|\$[a-z_]+|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|[\d.]+[a-z]*|=~|!~|!=|==|>=|<=|[^\s]/gy;

/**
 * The series that a query of PromQL asks for. Labels in `by (…)` count for every series of the query.
 *
 * @throws Error for a word that is neither a function that is known here, nor could be a metric
 */
export function selectorsOf(query: string): Selector[] {
  const tokens = [...query.matchAll(TOKEN)].map(([token]) => token).filter((token) => token.trim() !== '');
  if (tokens.join('') !== query.replaceAll(/("(?:[^"\\]|\\.)*"|\[[^\]]*\])|\s+/g, '$1')) {
    throw new Error(`cannot be read: ${query}`);
  }
  const selectors: Selector[] = [];
  const shared: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (!/^[a-zA-Z_:]/.test(token)) continue;
    const next = tokens[at + 1];
    if (GROUPING.has(token)) {
      const end = next === '(' ? tokens.indexOf(')', at) : at;
      shared.push(...tokens.slice(at + 2, end).filter((label) => label !== ','));
      at = end;
    } else if (next === '(' || GROUPING.has(next ?? '')) {
      if (!FUNCTIONS.has(token)) throw new Error(`no function "${token}" is known: ${query}`);
    } else if (!WORDS.has(token.toLowerCase())) {
      const end = next === '{' ? tokens.indexOf('}', at) : at;
      const labels = tokens.slice(at + 2, end).filter((word, n, all) => /^[=!]/.test(all[n + 1] ?? '') && word !== ',');
      selectors.push({ metric: token, labels });
      at = end;
    }
  }
  return selectors.map(({ metric, labels }) => ({ metric, labels: [...new Set([...labels, ...shared])] }));
}
