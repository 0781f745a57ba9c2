import { number } from '../lib/format.js';
import { html } from '../lib/html.js';

// PageHead is the heading of a page, with a count and the page's buttons.
export function PageHead({ title, count, children }) {
  return html`<header class="page-head"><h1 tabindex="-1">${title}</h1>
    ${count !== undefined && html`<span class="count" aria-live="polite">${number(count)}</span>`}
    <div class="actions">${children}</div></header>`;
}
