// Small components that stand within a line of text or in a cell.
import { initials, number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';

// Avatar is the initials of a name. A name always has the same of six tints.
export function Avatar({ name, size = '' }) {
  const tint = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  return html`<span class="avatar tint-${tint} ${size}" aria-hidden="true">${initials(name)}</span>`;
}

export function Loyalty({ value }) {
  return html`<span class="loyalty ${value.toLowerCase()}">${label('loyalty', value)}</span>`;
}

export const Tag = ({ children }) => html`<span class="tag"><bdi>${children}</bdi></span>`;

// Tags shows the first tags, and how many more there are.
export function Tags({ tags, most = 2 }) {
  const rest = tags.length - most;
  return html`<span class="tags">${tags.slice(0, most).map(tag => html`<${Tag} key=${tag}>${tag}<//>`)}
    ${rest > 0 && html`<span class="quiet" title=${tags.slice(most).join(', ')}>+${number(rest)}</span>`}</span>`;
}

// Ltr is for phone numbers and e-mail addresses, which run from left to right in Arabic too.
export const Ltr = ({ children }) => html`<bdi dir="ltr">${children}</bdi>`;

export function Stars({ rating }) {
  return html`<span class="stars" role="img" aria-label=${t('feedback.stars', { count: rating })}>
    ${[1, 2, 3, 4, 5].map(n => html`<span class=${n <= rating ? 'on' : ''}>★</span>`)}</span>`;
}
