import { useCustomer } from '../lib/data.js';
import { ago, dateTime, nameOf } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { complete, snooze } from '../ui/follow-up-requests.js';
import { Due, Snooze } from '../ui/follow-up.js';
import { Icon } from '../ui/icons.js';

function FollowUp({ interaction, hide }) {
  if (!interaction.follow_up_required) return null;
  return html`<span class="row-actions"><${Due} interaction=${interaction} />
    ${can('crm:update:interactions') && html`<span class="above row-actions row-end">
      <button class="icon-button small" title=${t('followup.done')} aria-label=${t('followup.done')} onClick=${() => { hide(interaction.id); complete(interaction); }}><${Icon} name="check" size=${18} /></button>
      <${Snooze} small id=${interaction.id} act=${until => { hide(interaction.id); snooze(interaction, until); }} /></span>`}</span>`;
}

function Row({ interaction, hide }) {
  const customer = useCustomer(interaction.customer_id);
  return html`<tr>
    <td class="icon-cell"><span class="entry-icon"><${Icon} name=${interaction.channel} size=${18} /></span></td>
    <td><a class="row-link" href="#/customers/${interaction.customer_id}"><bdi>${customer ? nameOf(customer) : '…'}</bdi></a><small class="below">${label('channel', interaction.channel)}${interaction.duration_minutes > 0 && ` · ${t('interaction.minutes', { count: interaction.duration_minutes })}`}</small></td>
    <td class="wide indent-phone"><span class="two-lines">${interaction.subject && html`<b dir="auto">${interaction.subject}</b>`}<span class="muted" dir="auto">${interaction.summary}</span></span></td>
    <td class="free indent-phone"><${FollowUp} ...${{ interaction, hide }} /></td>
    <td class="muted end"><time datetime=${interaction.timestamp} title=${dateTime(interaction.timestamp)}>${ago(interaction.timestamp)}</time></td>
  </tr>`;
}

// InteractionsTable's rows lead to the customer. Follow-ups are completed and snoozed in their row.
export function InteractionsTable({ items, hide }) {
  return html`<table class="list tall"><thead><tr><th class="icon-cell"><span class="hidden">${t('field.channel')}</span></th><th class="w-25">${t('field.customer_id')}</th><th>${t('field.summary')}</th>
      <th class="w-follow">${t('field.follow_up_required')}</th><th class="w-12 end">${t('field.timestamp')}</th></tr></thead>
    <tbody>${items.map(interaction => html`<${Row} key=${interaction.id} ...${{ interaction, hide }} />`)}</tbody></table>`;
}
