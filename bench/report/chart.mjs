import { WORKLOADS } from '../workloads.mjs';
import { grouped } from './columns.mjs';

const WIDTH = 1_080;
const NAMES = 216;
const PANEL_GAP = 14;
const HEAD = 92;
const ROW = 30;
const COLOURS = { tasker: '#2f6fde', other: '#b9c0cc', text: '#24292f', faint: '#6a737d' };

/** Where a workload's title is too long for its panel. @type {Record<string, string>} */
const SHORT = { W1: 'diamond', W3: 'chain, one at a time' };

/** @typedef {{ title: string, subtitle: string, values: (number | undefined)[], digits: number }} Panel */

/**
 * Bars of every system, a panel for each workload, as SVG.
 *
 * @param {import('./write.mjs').Report} report
 */
export async function chartOf({ cases, systems, on }) {
  const echarts = await import('echarts');
  const shown = systems.filter(({ skipped }) => !skipped);
  const panels = Object.keys(WORKLOADS)
    .map((workload) => panelOf(workload, cases, shown))
    .filter((panel) => panel.values.some((value) => value !== undefined));
  const height = HEAD + shown.length * ROW + 20;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const titles = shown.map(({ title }) => title);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'system-ui, sans-serif', color: COLOURS.text },
    title: [mainTitle(on), ...panels.map(panelTitle)],
    grid: panels.map((_, n) => ({
      left: leftOf(n, panels.length),
      width: widthOf(panels.length),
      top: HEAD,
      bottom: 20,
    })),
    xAxis: panels.map(({ values }, n) => ({
      gridIndex: n,
      type: 'value',
      show: false,
      // room for the figure behind the longest bar
      max: Math.max(...values.map((value) => value ?? 0)) * 1.75,
    })),
    yAxis: panels.map((_, n) => ({
      gridIndex: n,
      type: 'category',
      inverse: true,
      data: titles,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: COLOURS.other } },
      axisLabel: n === 0 ? { color: COLOURS.text, fontSize: 12 } : { show: false },
    })),
    series: panels.map(({ values, digits }, n) => ({
      type: 'bar',
      xAxisIndex: n,
      yAxisIndex: n,
      barWidth: '62%',
      label: {
        show: true,
        position: 'right',
        fontSize: 11,
        color: COLOURS.text,
        formatter: (/** @type {any} */ { value }) => (value === '-' ? '' : grouped(value, digits)),
      },
      data: values.map((value, row) => ({
        value: value ?? '-',
        itemStyle: { color: shown[row].name === 'tasker' ? COLOURS.tasker : COLOURS.other },
      })),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;

  /** @param {Panel} panel @param {number} n */
  function panelTitle({ title, subtitle }, n) {
    return {
      text: title,
      subtext: subtitle,
      left: leftOf(n, panels.length),
      top: 40,
      textStyle: { fontSize: 12, color: COLOURS.text },
      subtextStyle: { fontSize: 11, color: COLOURS.faint },
      itemGap: 4,
      padding: 0,
    };
  }
}

/** @param {string} workload @param {import('./summary.mjs').Case[]} cases @param {import('./write.mjs').System[]} systems @returns {Panel} */
function panelOf(workload, cases, systems) {
  const { kind, title } = WORKLOADS[workload];
  const figure = kind === 'latency' ? 'p50' : 'rate';
  return {
    title: `${workload} ${SHORT[workload] ?? title}`,
    subtitle: kind === 'latency' ? 'ms, p50; shorter is better' : 'steps/s',
    digits: kind === 'latency' ? 1 : 0,
    values: systems.map(({ name }) => cases.find((c) => c.system === name && c.workload === workload)?.medians[figure]),
  };
}

/** @param {import('./machine.mjs').Machine} on */
const mainTitle = ({ cores, processor, memoryGiB, node, postgresql, date }) => ({
  text: 'Steps a second, and time for a chain of five',
  subtext: `${cores} cores of ${processor}, ${memoryGiB} GiB, PostgreSQL ${postgresql} with fsync on, Node ${node.slice(1)}, ${date.slice(0, 10)}`,
  left: 12,
  top: 6,
  itemGap: 3,
  padding: 0,
  textStyle: { fontSize: 15, color: COLOURS.text },
  subtextStyle: { fontSize: 11, color: COLOURS.faint },
});

/** @param {number} panels */
const widthOf = (panels) => (WIDTH - NAMES - 12) / panels - PANEL_GAP;

/** @param {number} n @param {number} panels */
const leftOf = (n, panels) => NAMES + n * (widthOf(panels) + PANEL_GAP);
