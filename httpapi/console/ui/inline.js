// Small things that many pages show.
import { explain } from '../lib/explain.js';
import { initials, nameOf, number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// Avatar takes one of six tints, always the same for one name.
export function Avatar({ name, size = '' }) {
  const tint = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  return html`<span class="avatar tint-${tint} ${size}" aria-hidden="true">${initials(name)}</span>`;
}

export function Loyalty({ value }) {
  return html`<span class="loyalty ${value.toLowerCase()}">${label('loyalty', value)}</span>`;
}

export const Tag = ({ children }) => html`<span class="tag"><bdi>${children}</bdi></span>`;

export function Tags({ tags, most = 2 }) {
  const rest = tags.length - most;
  return html`<span class="tags">${tags.slice(0, most).map(tag => html`<${Tag} key=${tag}>${tag}<//>`)}
    ${rest > 0 && html`<span class="quiet" title=${tags.slice(most).join(', ')}>+${number(rest)}</span>`}</span>`;
}

// Ltr is for phone numbers and addresses, which run from left to right in Arabic too.
export const Ltr = ({ children }) => html`<bdi dir="ltr">${children}</bdi>`;

export function Stars({ rating }) {
  return html`<span class="stars" role="img" aria-label=${t('feedback.stars', { count: rating })}>
    ${[1, 2, 3, 4, 5].map(n => html`<span class=${n <= rating ? 'on' : ''}>★</span>`)}</span>`;
}

export function CustomerLink({ customer, children }) {
  return html`<a href="#/customers/${customer.id}" dir="auto">${children || nameOf(customer)}</a>`;
}

// Empty says what is not there and what to do about it. heading is h1 where nothing else is on the page.
export function Empty({ icon = 'search', heading = 'h3', title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} size=${24} /></span>
    <${heading} class="empty-title" tabindex="-1">${title}<//>${text && html`<p>${text}</p>`}${children}</div>`;
}

export function Failure({ problem, retry }) {
  return html`<${Empty} icon="alert" title=${explain(problem)}>
    <button class="button" onClick=${retry}>${t('action.retry')}</button>
  <//>`;
}

// Bones stand where rows will be.
export function Bones({ rows = 5, tall }) {
  return html`<div class="bones ${tall ? 'tall' : ''}" role="status" aria-label=${t('state.loading')}>${Array.from({ length: rows }, (_, i) => html`<span key=${i} class="bone"></span>`)}</div>`;
}

export function PageHead({ title, count, children }) {
  return html`<header class="page-head"><h1 tabindex="-1">${title}</h1>
    ${count !== undefined && html`<span class="count" aria-live="polite">${number(count)}</span>`}
    <div class="actions">${children}</div></header>`;
}
