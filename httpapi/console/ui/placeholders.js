// What a page shows instead of content: nothing found, a failure, or content that is still loading.
import { explain } from '../lib/explain.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// Empty says what is not there, and what to do about it. heading is h1 where the page has nothing else.
export function Empty({ icon = 'search', heading = 'h3', title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} size=${24} /></span>
    <${heading} class="empty-title" tabindex="-1">${title}<//>${text && html`<p>${text}</p>`}${children}</div>`;
}

// Failure says why something could not be loaded, and offers to try again.
export function Failure({ problem, retry }) {
  return html`<${Empty} icon="alert" title=${explain(problem)}>
    <button class="button" onClick=${retry}>${t('action.retry')}</button>
  <//>`;
}

// Skeleton stands where rows will be.
export function Skeleton({ rows = 5, tall }) {
  return html`<div class="skeleton ${tall ? 'tall' : ''}" role="status" aria-label=${t('state.loading')}>${Array.from({ length: rows }, (_, i) => html`<span key=${i} class="skeleton-row"></span>`)}</div>`;
}
