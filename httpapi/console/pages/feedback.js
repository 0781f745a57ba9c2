import { query } from '../lib/api.js';
import { useData } from '../lib/data.js';
import { html, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { replaceQuery, route } from '../lib/router.js';
import { can, withCustomers } from '../lib/session.js';
import { services } from '../lib/values.js';
import { download } from '../lib/api.js';
import { Bones, Empty, Failure, PageHead } from '../ui/bits.js';
import { Filter } from '../ui/filter.js';
import { Icon } from '../ui/icons.js';
import { Menu } from '../ui/menu.js';
import { Pager, fits } from '../ui/pager.js';
import { Range } from '../ui/range.js';
import { failed } from '../ui/toast.js';
import { CustomerChip } from './interactions.js';
import { FeedbackStats } from './feedback-stats.js';
import { FeedbackTable } from './feedback-table.js';
import { Resolve } from './resolve.js';

const names = ['resolved', 'rating', 'service_type', 'customer_id', 'from', 'to'];

function Filters({ filters, onChange }) {
  const one = (name, values) => html`<${Filter} name=${t('field.' + name)} values=${values} single chosen=${filters[name] ? [filters[name]] : []} onChange=${next => onChange({ [name]: next[0] || '' })} />`;
  return html`<div class="filters">
    ${one('resolved', ['false', 'true'].map(value => ({ value, text: t('resolved.' + value) })))}
    ${one('rating', [1, 2, 3, 4, 5].map(n => ({ value: String(n), text: '★'.repeat(n) })))}
    ${one('service_type', services.map(value => ({ value, text: label('service', value) })))}
    <${Range} from=${filters.from} to=${filters.to} onChange=${onChange} />
    ${filters.customer_id && html`<${CustomerChip} id=${filters.customer_id} onClear=${() => onChange({ customer_id: '' })} />`}
    ${Object.values(filters).some(Boolean) && html`<button type="button" class="link" onClick=${() => onChange(Object.fromEntries(names.map(name => [name, ''])))}>${t('filter.clearAll')}</button>`}
  </div>`;
}

function List({ params, filters }) {
  const [size] = useState(() => fits(280, 64));
  const { data, error, loading, reload } = useData('/feedback/' + query({ ...filters, page: params.get('page'), size, include: withCustomers() }), ['feedback']);
  const [resolving, setResolving] = useState(null);
  const filtered = Object.values(filters).some(Boolean);
  return html`<${Filters} filters=${filters} onChange=${next => replaceQuery({ page: '', ...next })} />
    <div class="list-frame ${loading ? 'waiting' : ''}" aria-busy=${loading}>
      ${error ? html`<${Failure} problem=${error} retry=${reload} />` : !data ? html`<${Bones} rows=${size} tall />`
        : data.items.length === 0 ? html`<${Empty} icon="feedback" title=${t(filtered ? 'feedback.noMatch' : 'feedback.none')} text=${t(filtered ? 'feedback.noMatchText' : 'feedback.noneText')} />`
        : html`<${FeedbackTable} items=${data.items} onResolve=${setResolving} />`}
    </div>
    <${Pager} list=${data} onPage=${page => replaceQuery({ page })} />
    ${resolving && html`<${Resolve} feedback=${resolving} onClose=${() => setResolving(null)} />`}`;
}

export function Feedback() {
  const { query: params } = useObservable(route);
  const view = params.get('view') === 'stats' ? 'stats' : 'list';
  const filters = Object.fromEntries(names.map(name => [name, params.get(name)]));
  const save = excel => download('/feedback/export.csv' + query({ ...filters, excel }), 'feedback.csv').catch(failed);
  const icon = html`<${Icon} name="download" />`;
  const items = [{ text: t('export.csv'), icon, act: () => save() }, { text: t('export.excel'), icon, act: () => save('fr') }];
  return html`<div class="page">
    <${PageHead} title=${t('nav.feedback')}>${can('crm:export:feedback') && html`<${Menu} label=${t('export.title')} button=${icon} items=${items} />`}<//>
    <div class="seg-tabs" role="tablist">${['list', 'stats'].map(name => html`<button key=${name} class="seg-tab" role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${view === name}
      onClick=${() => replaceQuery({ view: name === 'stats' ? name : '' })}>${t('feedback.' + name)}</button>`)}</div>
    <div class="panel" role="tabpanel" id="panel" aria-labelledby="tab-${view}">${view === 'stats' ? html`<${FeedbackStats} params=${params} />` : html`<${List} ...${{ params, filters }} />`}</div>
  </div>`;
}
