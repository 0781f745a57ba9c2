import { useCustomer, useList } from '../lib/data.js';
import { nameOf } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { replaceQuery, route } from '../lib/router.js';
import { me, withCustomers } from '../lib/session.js';
import { channels } from '../lib/values.js';
import { Answer } from '../ui/answer.js';
import { DateRange } from '../ui/date-range.js';
import { Filter } from '../ui/filter.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page-head.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';
import { moveInRows } from '../ui/row-keys.js';
import { InteractionsTable } from './interactions-table.js';

const names = ['follow_up', 'channel', 'staff_member_id', 'customer_id', 'from', 'to'];

// CustomerChip is the filter by one customer. It comes with a link from the customer's page.
export function CustomerChip({ id, onClear }) {
  const customer = useCustomer(id);
  return html`<div class="popup-root"><a class="filter on" href="#/customers/${id}"><span>${t('field.customer_id')}</span><b><bdi>${customer ? nameOf(customer) : '…'}</bdi></b></a>
    <button type="button" class="filter-clear" aria-label=${t('filter.clear', { name: t('field.customer_id') })} onClick=${onClear}><${Icon} name="close" size=${14} /></button></div>`;
}

function Filters({ filters, onChange }) {
  const one = (name, values) => html`<${Filter} name=${t('field.' + (name === 'follow_up' ? 'follow_up_required' : name))} values=${values} single
    chosen=${filters[name] ? [filters[name]] : []} onChange=${next => onChange({ [name]: next[0] || '' })} />`;
  const mine = filters.staff_member_id === me.get().id;
  return html`<div class="filters">
    ${one('follow_up', ['overdue', 'today', 'week', 'later'].map(value => ({ value, text: t('today.' + value) })))}
    ${one('channel', channels.map(value => ({ value, text: label('channel', value) })))}
    <${DateRange} from=${filters.from} to=${filters.to} onChange=${onChange} />
    <button type="button" class="filter plain ${mine ? 'on' : ''}" aria-pressed=${mine} onClick=${() => onChange({ staff_member_id: mine ? '' : me.get().id })}><span>${t('interactions.mine')}</span></button>
    ${filters.customer_id && html`<${CustomerChip} id=${filters.customer_id} onClear=${() => onChange({ customer_id: '' })} />`}
    ${Object.values(filters).some(Boolean) && html`<button type="button" class="link" onClick=${() => onChange(Object.fromEntries(names.map(name => [name, ''])))}>${t('filter.clearAll')}</button>`}
  </div>`;
}

export function Interactions() {
  const { query: params } = useObservable(route);
  const filters = Object.fromEntries(names.map(name => [name, params.get(name)]));
  const list = useList('/interactions/', { ...filters, include: withCustomers() }, ['interaction']);
  const { data, loading, mutate } = list;
  const filtered = Object.values(filters).some(Boolean);
  const hide = id => filters.follow_up && mutate(list => ({ ...list, total: list.total - 1, items: list.items.filter(one => one.id !== id) }));
  return html`<div class="page" onKeyDown=${moveInRows}>
    <${PageHead} title=${t('nav.interactions')} count=${data?.total} />
    <${Filters} filters=${filters} onChange=${next => replaceQuery({ page: '', ...next })} />
    <div class="list-frame ${loading ? 'waiting' : ''}" aria-busy=${loading}>
      <${Answer} of=${list} rows=${10} tall>${({ items }) => (items.length === 0 ? html`<${Empty} icon="interactions" title=${t(filtered ? 'interactions.noMatch' : 'interactions.none')} text=${t(filtered ? 'interactions.noMatchText' : 'interactions.noneText')}><a class="button" href="#/customers">${t('nav.customers')}</a><//>`
        : html`<${InteractionsTable} items=${items} hide=${hide} />`)}<//>
    </div>
    <${Pager} list=${data} onPage=${page => replaceQuery({ page })} />
  </div>`;
}
