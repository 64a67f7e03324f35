import type { Diagram } from './diagram.js';
import { boxLabel, layOut, type Box, type Line } from './diagram-layout.js';
import { STATE_COLOURS } from './state-colours.js';

const FONT = 'font-family="ui-sans-serif, system-ui, sans-serif"';

/** The diagram as an SVG image, top down, each step in the colour of its state. */
export function diagramSvg(diagram: Diagram): string {
  const { width, height, boxes, lines } = layOut(diagram);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${FONT}>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#6b7280"/></marker></defs>
<g fill="none" stroke="#6b7280" stroke-width="1.2">
${lines.map((line) => `<path d="${curve(line)}" marker-end="url(#arrow)"/>`).join('\n')}
</g>
${boxes.map(boxSvg).join('\n')}
</svg>
`;
}

function boxSvg({ node: { name, status }, x, y, width, height }: Box): string {
  const { fill, stroke, text } = STATE_COLOURS[status];
  const middle = Math.round((x + width / 2) * 10) / 10;
  return (
    `<g><title>${escaped(name)}: ${status}</title>` +
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}"/>` +
    `<text x="${middle}" y="${y + 17}" text-anchor="middle" font-size="13" fill="${text}">${escaped(boxLabel(name))}</text>` +
    `<text x="${middle}" y="${y + 32}" text-anchor="middle" font-size="10" fill="${text}">${status}</text></g>`
  );
}

/** Leaves and arrives upright. */
function curve(line: Line): string {
  const [[x, y], ...rest] = line as [Line[number], ...Line];
  let [fromX, fromY] = [x, y];
  const parts = rest.map(([toX, toY]) => {
    const half = (fromY + toY) / 2;
    const part = fromX === toX ? `L${toX} ${toY}` : `C${fromX} ${half} ${toX} ${half} ${toX} ${toY}`;
    [fromX, fromY] = [toX, toY];
    return part;
  });
  return `M${x} ${y}${parts.join('')}`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in XML and HTML. Characters that XML has none for become spaces. */
export const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\ufffe\uffff]/gu, ' ').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
