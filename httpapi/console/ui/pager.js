import { number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// Pager shows which rows of a list are on the page, and has buttons for the pages before and after.
export function Pager({ list, onPage }) {
  if (!list || list.total === 0) return null;
  const first = (list.page - 1) * list.size + 1;
  const last = Math.min(list.page * list.size, list.total);
  const step = (page, icon, label) => html`<button class="icon-button" type="button" disabled=${page < 1 || page > list.pages} aria-label=${label}
    onClick=${() => onPage(page)}><${Icon} name=${icon} /></button>`;
  return html`<nav class="pager" aria-label=${t('list.pages')}>
    <span>${t('list.range', { first: number(first), last: number(last), total: number(list.total) })}</span>
    ${list.pages > 1 && html`${step(list.page - 1, 'back', t('list.previous'))}${step(list.page + 1, 'next', t('list.next'))}`}
  </nav>`;
}
