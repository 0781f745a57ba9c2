import { day, nameOf } from '../lib/format.js';
import { html, useRef } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from '../ui/icons.js';
import { Avatar, Loyalty, Ltr, Tags } from '../ui/inline.js';

function Sortable({ name, field, sort, first, onSort, className }) {
  const now = { [field]: 'ascending', ['-' + field]: 'descending' }[sort];
  const other = sort === first ? (first.startsWith('-') ? field : '-' + field) : first;
  return html`<th class=${className} aria-sort=${now}><button type="button" onClick=${() => onSort(other)}>${name}${now && html`<${Icon} name="down" />`}</button></th>`;
}

function Row({ customer, chosen, onChoose }) {
  const name = nameOf(customer);
  const under = customer.full_name && customer.company_name;
  return html`<tr class="${chosen ? 'chosen' : ''} ${customer.is_active ? '' : 'inactive'}">
    ${onChoose && html`<td class="tick"><input type="checkbox" checked=${chosen} aria-label=${t('list.choose', { name })} onClick=${onChoose} /></td>`}
    <td class="wide"><span class="person"><${Avatar} name=${name} />
      <span><a class="row-link" href="#/customers/${customer.id}"><bdi>${name}</bdi></a>${under && html`<small><bdi>${under}</bdi></small>`}</span></span></td>
    <td class="numeric indent"><${Ltr}>${customer.phone}<//></td>
    <td class="desk roomy muted"><${Ltr}>${customer.email}<//></td>
    <td class="desk"><bdi>${customer.region}</bdi></td>
    <td>${customer.is_active ? html`<${Loyalty} value=${customer.loyalty_status} />` : html`<span class="pill">${t('active.false')}</span>`}</td>
    <td class="desk roomy"><${Tags} tags=${customer.tags} most=${1} /></td>
    <td class="desk muted">${customer.last_interaction ? day(customer.last_interaction) : '–'}</td>
  </tr>`;
}

// CustomersTable's rows are links. With onChoose they can be selected, a range of them with Shift.
export function CustomersTable({ items, sort, onSort, chosen, onChoose }) {
  const last = useRef(null);
  const ids = items.map(customer => customer.id);
  const choose = (id, event) => {
    const [a, b] = [ids.indexOf(last.current), ids.indexOf(id)].sort((x, y) => x - y);
    const range = event.shiftKey && a >= 0 ? ids.slice(a, b + 1) : [id];
    last.current = id;
    onChoose(now => (now.includes(id) ? now.filter(one => !range.includes(one)) : [...new Set([...now, ...range])]));
  };
  const all = chosen.length === ids.length;
  return html`<table class="list"><thead><tr>
      ${onChoose && html`<th class="tick"><input type="checkbox" checked=${all} aria-label=${t('list.chooseAll')} onClick=${() => onChoose(all ? [] : ids)} /></th>`}
      <${Sortable} className="w-25" name=${t('field.name')} field="name" first="name" ...${{ sort, onSort }} />
      <th class="w-15">${t('field.phone')}</th><th class="w-20 roomy">${t('field.email')}</th><th class="w-10">${t('field.region')}</th>
      <th class="w-10">${t('field.loyalty_status')}</th><th class="w-13 roomy">${t('field.tags')}</th>
      <${Sortable} className="w-15" name=${t('field.last_interaction')} field="last_interaction" first="-last_interaction" ...${{ sort, onSort }} />
    </tr></thead>
    <tbody>${items.map(customer => html`<${Row} key=${customer.id} customer=${customer} chosen=${chosen.includes(customer.id)}
      onChoose=${onChoose && (event => choose(customer.id, event))} />`)}</tbody></table>`;
}
