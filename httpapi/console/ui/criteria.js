import { criteriaTexts } from '../lib/criteria.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';

// Criteria says who is in a segment: of each key, a customer has one of the values.
export function Criteria({ criteria }) {
  const said = criteriaTexts(criteria);
  if (said.length === 0) return html`<span class="quiet">${t('segments.everybody')}</span>`;
  return html`<span class="criteria">${said.map(({ key, name, values }) => html`<span key=${key} class="criterion"><span>${name}</span> <b><bdi>${values.join(', ')}</bdi></b></span>`)}</span>`;
}
