import { useList } from '../lib/data.js';
import { html, useEffect, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { go, replaceQuery, route } from '../lib/router.js';
import { can } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { criteria } from '../lib/values.js';
import { Answer } from '../ui/answer.js';
import { exportItems } from '../ui/export-items.js';
import { Icon } from '../ui/icons.js';
import { Menu } from '../ui/menu.js';
import { PageHead } from '../ui/page-head.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';
import { moveInRows } from '../ui/row-keys.js';
import { SearchField } from '../ui/search-field.js';
import { CustomerForm } from './customer-form.js';
import { Bulk } from './customers-bulk.js';
import { CustomersFilters, Sort } from './customers-filters.js';
import { CustomersTable } from './customers-table.js';

// filtersOf returns the API's parameters from those of the address, without the page.
function filtersOf(params) {
  const found = { query: params.get('query'), is_active: params.get('is_active'), sort: params.get('sort') };
  for (const { key } of criteria) found[key] = params.getAll(key);
  return found;
}

function Nothing({ filtered, onNew }) {
  if (filtered) {
    return html`<${Empty} title=${t('customers.noMatch')} text=${t('customers.noMatchText')}>
      <button class="button" onClick=${() => go('/customers')}>${t('filter.clearAll')}</button><//>`;
  }
  return html`<${Empty} icon="customers" title=${t('customers.none')} text=${t('customers.noneText')}>
    ${onNew && html`<button class="button primary" onClick=${onNew}>${t('customers.new')}</button>`}<//>`;
}

export function Customers() {
  const { query: params } = useObservable(route);
  const filters = filtersOf(params);
  const list = useList('/customers/', filters, ['customer']);
  const { data, loading, current } = list;
  const step = useStep('customer');
  const [chosen, setChosen] = useState([]);
  const [wantsFirst, setWantsFirst] = useState(false); // Enter in the search field opens the first customer, once the answer is there
  useEffect(() => {
    if (!wantsFirst || !current) return;
    setWantsFirst(false);
    if (data?.items[0]) go('/customers/' + data.items[0].id);
  }, [wantsFirst, current]);
  const change = next => {
    setChosen([]);
    replaceQuery({ page: '', ...next });
  };
  const filtered = Object.values(filters).some(value => value?.length);
  const onNew = can('crm:create:customers') && (() => step.open('new'));
  return html`<div class="page" onKeyDown=${moveInRows}>
    <${PageHead} title=${t('nav.customers')} count=${data?.total}>
      ${can('crm:export:customers') && html`<${Menu} label=${t('export.title')} button=${html`<${Icon} name="download" />`} items=${exportItems('/customers/export.csv', filters, 'customers.csv')} />`}
      ${onNew && html`<button class="button primary" data-new onClick=${onNew}><${Icon} name="plus" />${t('customers.new')}</button>`}
    <//>
    <div class="search-row"><${SearchField} value=${filters.query || ''} label=${t('customers.search')} onSearch=${text => change({ query: text, focus: '' })} onEnter=${() => setWantsFirst(true)} autofocus=${params.has('focus')} />
      <${Sort} sort=${filters.sort} searching=${Boolean(filters.query)} onChange=${change} /></div>
    <${CustomersFilters} filters=${filters} onChange=${change} />
    <div class="list-frame ${loading ? 'waiting' : ''}" aria-busy=${loading}>
      <${Answer} of=${list} rows=${12}>${({ items }) => (items.length === 0 ? html`<${Nothing} filtered=${filtered} onNew=${onNew} />`
        : html`<${CustomersTable} items=${items} sort=${filters.sort} onSort=${sort => change({ sort })} chosen=${chosen} onChoose=${can('crm:update:customers') && setChosen} />`)}<//>
    </div>
    <${Pager} list=${data} onPage=${page => { setChosen([]); replaceQuery({ page }); }} />
    ${chosen.length > 0 && html`<${Bulk} ids=${chosen} onDone=${() => setChosen([])} onClear=${() => setChosen([])} />`}
    ${step.value === 'new' && onNew && html`<${CustomerForm} step=${step} onSaved=${saved => go('/customers/' + saved.id)} />`}
  </div>`;
}
