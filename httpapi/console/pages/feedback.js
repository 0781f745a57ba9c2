import { useList } from '../lib/data.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { replaceQuery, route } from '../lib/router.js';
import { can, withCustomers } from '../lib/session.js';
import { services } from '../lib/values.js';
import { Answer } from '../ui/answer.js';
import { DateRange } from '../ui/date-range.js';
import { exportItems } from '../ui/export-items.js';
import { Filter } from '../ui/filter.js';
import { Icon } from '../ui/icons.js';
import { Menu } from '../ui/menu.js';
import { PageHead } from '../ui/page-head.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';
import { Tabs } from '../ui/tabs.js';
import { useFeedbackDialog } from './feedback-dialog.js';
import { FeedbackStats } from './feedback-stats.js';
import { FeedbackTable } from './feedback-table.js';
import { CustomerChip } from './interactions.js';

const names = ['resolved', 'rating', 'service_type', 'customer_id', 'from', 'to'];

function Filters({ filters, onChange }) {
  const some = (name, values, single) => html`<${Filter} name=${t('field.' + name)} values=${values} single=${single} chosen=${[filters[name] || []].flat()} onChange=${next => onChange({ [name]: next })} />`;
  return html`<div class="filters">
    ${some('resolved', ['false', 'true'].map(value => ({ value, text: t('resolved.' + value) })), true)}
    ${some('rating', [1, 2, 3, 4, 5].map(n => ({ value: String(n), text: '★'.repeat(n) })))}
    ${some('service_type', services.map(value => ({ value, text: label('service', value) })), true)}
    <${DateRange} from=${filters.from} to=${filters.to} onChange=${onChange} />
    ${filters.customer_id && html`<${CustomerChip} id=${filters.customer_id} onClear=${() => onChange({ customer_id: '' })} />`}
    ${Object.values(filters).some(value => value?.length) && html`<button type="button" class="link" onClick=${() => onChange(Object.fromEntries(names.map(name => [name, ''])))}>${t('filter.clearAll')}</button>`}
  </div>`;
}

function List({ filters }) {
  const list = useList('/feedback/', { ...filters, include: withCustomers() }, ['feedback']);
  const { data, loading } = list;
  const shown = useFeedbackDialog(data?.items);
  const filtered = Object.values(filters).some(value => value?.length);
  return html`<${Filters} filters=${filters} onChange=${next => replaceQuery({ page: '', ...next })} />
    <div class="list-frame ${loading ? 'waiting' : ''}" aria-busy=${loading}>
      <${Answer} of=${list} rows=${10} tall>${({ items }) => (items.length === 0 ? html`<${Empty} icon="feedback" title=${t(filtered ? 'feedback.noMatch' : 'feedback.none')} text=${t(filtered ? 'feedback.noMatchText' : 'feedback.noneText')} />`
        : html`<${FeedbackTable} items=${items} onOpen=${shown.open} />`)}<//>
    </div>
    <${Pager} list=${data} onPage=${page => replaceQuery({ page })} />
    ${shown.dialog}`;
}

export function Feedback() {
  const { query: params } = useObservable(route);
  const view = params.get('view') === 'stats' ? 'stats' : 'list';
  const filters = { ...Object.fromEntries(names.map(name => [name, params.get(name)])), rating: params.getAll('rating') };
  return html`<div class="page">
    <${PageHead} title=${t('nav.feedback')}>${can('crm:export:feedback') && html`<${Menu} label=${t('export.title')} button=${html`<${Icon} name="download" />`} items=${exportItems('/feedback/export.csv', filters, 'feedback.csv')} />`}<//>
    <${Tabs} items=${['list', 'stats'].map(name => [name, t('feedback.' + name)])} chosen=${view} onChoose=${name => replaceQuery({ view: name === 'stats' ? name : '' })}>
      ${view === 'stats' ? html`<${FeedbackStats} params=${params} />` : html`<${List} filters=${filters} />`}<//>
  </div>`;
}
