import { query, remove } from '../lib/api.js';
import { useList } from '../lib/data.js';
import { ago, number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { go, listAddress, replaceQuery, route } from '../lib/router.js';
import { can } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { useTitle } from '../lib/title.js';
import { Answer } from '../ui/answer.js';
import { Criteria } from '../ui/criteria.js';
import { Confirm } from '../ui/dialog.js';
import { exportItems } from '../ui/export-items.js';
import { Icon } from '../ui/icons.js';
import { Menu } from '../ui/menu.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';
import { moveInRows } from '../ui/row-keys.js';
import { failed, toast } from '../ui/toast.js';
import { CustomersTable } from './customers-table.js';
import { SegmentForm } from './segment-form.js';

function actionsOf(segment, setDialog) {
  const icon = name => html`<${Icon} name=${name} />`;
  return [
    { text: t('segments.asList'), icon: icon('customers'), act: () => go('/customers' + query(segment.criteria)) },
    ...(can('crm:export:customers') ? exportItems('/customers/export.csv', segment.criteria, 'segment.csv') : []),
    ...(can('crm:delete:segments') ? [null, { text: t('action.delete'), icon: icon('trash'), danger: true, act: () => setDialog('delete') }] : []),
  ];
}

function Head({ segment, setDialog }) {
  return html`<header class="identity"><div class="segment-head grow"><h1 tabindex="-1"><bdi>${segment.name}</bdi></h1>
      ${segment.description && html`<p class="muted" dir="auto">${segment.description}</p>`}
      <div class="sub"><span><b class="numeric">${number(segment.total)}</b> ${t('segments.customers', { count: segment.total })}</span><${Criteria} criteria=${segment.criteria} />
        ${!segment.is_active && html`<span class="pill">${t('segments.inactive')}</span>`}
        ${segment.last_calculated && html`<span class="quiet">${t('segments.calculated', { when: ago(segment.last_calculated) })}</span>`}</div></div>
    <div class="actions">${can('crm:update:segments') && html`<button class="button" onClick=${() => setDialog('edit')}><${Icon} name="edit" size=${18} />${t('action.edit')}</button>`}
      <${Menu} label=${t('action.more')} button=${html`<${Icon} name="more" />`} items=${actionsOf(segment, setDialog)} /></div></header>`;
}

// Segment shows who is in a segment now.
export function Segment({ id }) {
  const { query: params } = useObservable(route);
  const list = useList(`/segments/${id}/customers`, { sort: params.get('sort') }, ['segment', 'customer']);
  const { data: segment, error, loading } = list;
  const step = useStep('segment');
  useTitle(segment?.name, 1);
  const back = html`<a class="back" href=${listAddress('segments')}><${Icon} name="back" size=${16} />${t('nav.segments')}</a>`;
  if (error?.status === 404 || error?.status === 422) return html`<div class="page">${back}<${Empty} heading="h1" title=${t('segments.gone')} text=${t('customers.goneText')} /></div>`;
  if (!segment || error && !error.passing) return html`<div class="page">${back}<${Answer} of=${list} rows=${12} /></div>`;
  const drop = () => remove('/segments/' + id).then(() => { toast(t('segments.deleted')); go('/segments'); }, failed);
  return html`<div class="page" onKeyDown=${moveInRows}>${back}
    <${Head} segment=${segment} setDialog=${step.open} />
    <div class="list-frame ${loading ? 'waiting' : ''}"><${Answer} of=${list}>${({ customers }) => (customers.length === 0 ? html`<${Empty} icon="segments" title=${t('segments.empty')} text=${t('segments.emptyText')} />`
      : html`<${CustomersTable} items=${customers} sort=${params.get('sort')} onSort=${sort => replaceQuery({ sort, page: '' })} chosen=${[]} />`)}<//></div>
    <${Pager} list=${segment} onPage=${page => replaceQuery({ page })} />
    ${step.value === 'edit' && can('crm:update:segments') && html`<${SegmentForm} ...${{ segment, step }} />`}
    ${step.value === 'delete' && can('crm:delete:segments') && html`<${Confirm} title=${t('segments.deleteTitle')} text=${t('segments.deleteText')} action=${t('action.delete')} onConfirm=${drop} onClose=${step.close} />`}
  </div>`;
}
