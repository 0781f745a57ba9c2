import { useCustomer } from '../lib/data.js';
import { ago, dateTime, nameOf } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { Icon } from '../ui/icons.js';
import { Stars } from '../ui/inline.js';

function Row({ feedback, onOpen }) {
  const customer = useCustomer(feedback.customer_id);
  const who = feedback.customer_id
    ? html`<a class="row-link-plain" href="#/customers/${feedback.customer_id}"><bdi>${customer ? nameOf(customer) : '…'}</bdi></a>` : html`<span class="quiet">${t('feedback.anonymous')}</span>`;
  return html`<tr>
    <td><${Stars} rating=${feedback.rating} /><small class="below">${label('service', feedback.service_type)}</small></td>
    <td class="wide"><button type="button" class="two-lines ${feedback.comments ? '' : 'quiet'}" title=${t('feedback.read')} onClick=${() => onOpen(feedback)}><span dir="auto">${feedback.comments || t('feedback.noComment')}</span>
      ${feedback.resolution_notes && html`<span class="muted resolution-line"><${Icon} name="check" size=${14} /> <bdi>${feedback.resolution_notes}</bdi></span>`}</button></td>
    <td class="who-cell">${who}<small class="below"><time datetime=${feedback.submitted_at} title=${dateTime(feedback.submitted_at)}>${ago(feedback.submitted_at)}</time></small></td>
    <td class="end free">${feedback.resolved ? html`<span class="pill good"><${Icon} name="check" />${t('feedback.isResolved')}</span>`
      : can('crm:update:feedback') ? html`<button class="button small ${feedback.rating > 3 ? 'ghost' : ''}" onClick=${() => onOpen(feedback)}>${t('feedback.resolve')}</button>` : html`<span class="pill">${t('resolved.false')}</span>`}</td>
  </tr>`;
}

export function FeedbackTable({ items, onOpen }) {
  return html`<table class="list tall"><thead><tr><th class="w-15">${t('field.rating')}</th><th>${t('field.comments')}</th><th class="w-20">${t('field.customer_id')}</th><th class="w-15 end">${t('field.resolved')}</th></tr></thead>
    <tbody>${items.map(feedback => html`<${Row} key=${feedback.id} feedback=${feedback} onOpen=${onOpen} />`)}</tbody></table>`;
}
