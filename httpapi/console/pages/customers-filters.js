import { query } from '../lib/api.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { criteria, useValues } from '../lib/values.js';
import { Filter } from '../ui/filter.js';
import { Icon } from '../ui/icons.js';
import { Menu } from '../ui/menu.js';

const sorts = ['', 'name', '-last_interaction', '-updated_at'];

// Sort is the menu of the list's orders.
export function Sort({ sort, searching, onChange }) {
  const name = value => t(value === '' ? (searching ? 'sort.match' : 'sort.newest') : 'sort.' + value.replace('-', ''));
  const items = sorts.map(value => ({ text: name(value), checked: (sort || '') === value, act: () => onChange({ sort: value }) }));
  return html`<${Menu} className="filter" label=${t('sort.title')} before=${t('sort.title')} items=${items}
    button=${html`<${Icon} name="sort" size=${16} /><span>${sorts.includes(sort || '') ? name(sort || '') : t('sort.title')}</span>`} />`;
}

// CustomersFilters has all filters of customers. Several values of a filter mean any of them.
export function CustomersFilters({ filters, onChange }) {
  const values = useValues();
  const activity = ['false', 'all'].map(value => ({ value, text: t('active.' + value) }));
  const any = criteria.some(({ key }) => filters[key].length) || filters.is_active;
  const asSegment = any && !filters.query && !filters.is_active && can('crm:create:segments') && Object.fromEntries(criteria.map(({ key }) => [key, filters[key]]));
  const none = Object.fromEntries([...criteria.map(({ key }) => [key, '']), ['is_active', '']]);
  return html`<div class="filters">
    ${criteria.map(({ key, made }) => html`<${Filter} key=${key} name=${t('field.' + key)} values=${values[key]} chosen=${filters[key]} free=${made} onChange=${next => onChange({ [key]: next })} />`)}
    <${Filter} name=${t('field.is_active')} values=${activity} chosen=${filters.is_active ? [filters.is_active] : []} single onChange=${next => onChange({ is_active: next })} />
    ${any && html`<button type="button" class="link" onClick=${() => onChange(none)}>${t('filter.clearAll')}</button>`}
    ${asSegment && html`<a class="link" href="#/segments${query({ new: 1, ...asSegment })}">${t('segments.saveAs')}</a>`}
  </div>`;
}
