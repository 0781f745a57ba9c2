import { criteriaFrom } from '../lib/criteria.js';
import { useList } from '../lib/data.js';
import { number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { go, replaceQuery, route } from '../lib/router.js';
import { can } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { Answer } from '../ui/answer.js';
import { Criteria } from '../ui/criteria.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page-head.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';
import { moveInRows } from '../ui/row-keys.js';
import { SegmentForm } from './segment-form.js';

function Row({ segment }) {
  return html`<tr class=${segment.is_active ? '' : 'inactive'}>
    <td><a class="row-link" href="#/segments/${segment.id}"><bdi>${segment.name}</bdi></a>${segment.description && html`<small class="below" dir="auto">${segment.description}</small>`}</td>
    <td class="wide"><${Criteria} criteria=${segment.criteria} /></td>
    <td class="end">${!segment.is_active && html`<span class="pill">${t('segments.inactive')}</span> `}<b class="numeric">${number(segment.customer_count)}</b></td>
  </tr>`;
}

export function Segments() {
  const { query: params } = useObservable(route);
  const list = useList('/segments/', {}, ['segment', 'customer']);
  const { data } = list;
  const step = useStep('segment');
  const onNew = can('crm:create:segments') && (() => step.open('new'));
  // The address may have criteria: those of the list of customers that is saved as a segment.
  const asked = params.has('new') && { ...step, close: () => replaceQuery(Object.fromEntries([...params.keys()].map(name => [name, '']))) };
  const button = onNew && html`<button class="button primary" data-new onClick=${onNew}><${Icon} name="plus" />${t('segments.new')}</button>`;
  return html`<div class="page" onKeyDown=${moveInRows}>
    <${PageHead} title=${t('nav.segments')} count=${data?.total}>${button}<//>
    <div class="list-frame"><${Answer} of=${list} rows=${8} tall>${({ items }) => (items.length === 0 ? html`<${Empty} icon="segments" title=${t('segments.none')} text=${t('segments.noneText')}>${button}<//>`
      : html`<table class="list tall"><thead><tr><th class="w-30">${t('field.name')}</th><th>${t('field.criteria')}</th><th class="w-15 end">${t('nav.customers')}</th></tr></thead>
        <tbody>${items.map(segment => html`<${Row} key=${segment.id} segment=${segment} />`)}</tbody></table>`)}<//></div>
    <${Pager} list=${data} onPage=${page => replaceQuery({ page })} />
    ${onNew && (asked || step.value === 'new') && html`<${SegmentForm} criteria=${criteriaFrom(params)} step=${asked || step} onSaved=${saved => go('/segments/' + saved.id)} />`}
  </div>`;
}
