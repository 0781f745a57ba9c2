import { dayMonth, decimal, number } from '../lib/format.js';
import { html, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';

// useWidth returns a ref, and the width of its element in pixels.
function useWidth() {
  const ref = useRef();
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const upper = { top: 12, height: 96 };   // the average, from 1 to 5
const lower = { top: 128, height: 44 };  // how many
const margin = 24;                       // for the scale

const yOf = average => upper.top + upper.height * (1 - (average - 1) / 4);

// line is the path through the averages. It skips days without feedback.
function line(points, x) {
  return points.map((point, i) => [point.average, x(i)]).filter(([average]) => average !== null).map(([average, at], i) => `${i ? 'L' : 'M'}${at.toFixed(1)} ${yOf(average).toFixed(1)}`).join('');
}

function Plot({ points, width }) {
  const step = (width - margin) / points.length;
  const rtl = document.dir === 'rtl';
  const x = i => (rtl ? width - margin - (i + 0.5) * step : margin + (i + 0.5) * step);
  const scale = rtl ? width - 6 : 6;
  const most = Math.max(1, ...points.map(point => point.total));
  const bar = Math.max(2, Math.min(20, step - 3));
  const every = Math.ceil(points.length / Math.max(1, Math.floor(width / 90)));
  return html`<svg width=${width} height="200" aria-hidden="true">
    ${[1, 3, 5].map(n => html`<g key=${n}><line x1=${rtl ? 0 : margin} x2=${rtl ? width - margin : width} y1=${yOf(n)} y2=${yOf(n)} class="grid" /><text x=${scale} y=${yOf(n) + 4} text-anchor="middle">${number(n)}</text></g>`)}
    ${points.map((point, i) => html`<rect key=${point.date} class="bar" rx="2" x=${x(i) - bar / 2} width=${bar} y=${lower.top + lower.height * (1 - point.total / most)} height=${(lower.height * point.total) / most} />`)}
    <path class="line" d=${line(points, x)} />
    ${points.map((point, i) => point.average !== null && html`<circle key=${point.date} class="dot" cx=${x(i)} cy=${yOf(point.average)} r="3" />`)}
    ${points.map((point, i) => i % every === 0 && html`<text key=${point.date} x=${x(i)} y="192" text-anchor="middle">${dayMonth(point.date)}</text>`)}
    ${points.map((point, i) => html`<rect key=${point.date} class="hit" x=${x(i) - step / 2} y="0" width=${step} height="176"><title>${said(point)}</title></rect>`)}
  </svg>`;
}

const said = point => t('feedback.point', { day: dayMonth(point.date), count: point.total, average: point.average === null ? '–' : decimal(point.average) });

// Trend draws the average rating above the number of feedback, with a point for each day or week. A hidden list says the same to screen
// readers.
export function Trend({ points }) {
  const [ref, width] = useWidth();
  return html`<div class="trend" ref=${ref}>${width > 0 && html`<${Plot} points=${points} width=${width} />`}
    <ul class="hidden">${points.filter(point => point.total > 0).map(point => html`<li key=${point.date}>${said(point)}</li>`)}</ul></div>`;
}
