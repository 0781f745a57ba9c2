import { number, percent } from '../lib/format.js';
import { html } from '../lib/html.js';

const pct = (n, of) => (of > 0 ? (n / of) * 100 : 0);

// Bars shows counts as bars; the longest fills the width. Rows are {key, name, count}.
export function Bars({ rows, className = '' }) {
  const most = Math.max(...rows.map(row => row.count));
  return html`<ul class="shares ${className}">${rows.map(row => html`<li key=${row.key}><span>${row.name}</span>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" class="track" /><rect width=${pct(row.count, most)} height="8" class="bar" /></svg><b>${number(row.count)}</b></li>`)}</ul>`;
}

// Share shows the parts of a whole in one bar, with their names below.
export function Share({ rows }) {
  const sum = rows.reduce((all, row) => all + row.count, 0);
  let at = 0;
  const parts = rows.map(row => {
    const part = { ...row, from: at, width: pct(row.count, sum) };
    at += part.width;
    return part;
  });
  return html`<div class="share"><svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">${parts.map(part => html`<rect key=${part.key} x=${part.from} width=${part.width} height="12" class=${part.key} />`)}</svg>
    <ul>${parts.map(part => html`<li key=${part.key} class=${part.key}>${part.name} <b>${percent(part.width / 100)}</b> <span class="quiet">${number(part.count)}</span></li>`)}</ul></div>`;
}
