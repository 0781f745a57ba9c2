import { sayCriteria } from '../lib/criteria.js';
import { useData } from '../lib/data.js';
import { dateTime } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { Answer } from '../ui/answer.js';
import { Empty } from '../ui/bits.js';
import { Icon } from '../ui/icons.js';
import { Pager } from '../ui/pager.js';

const hidden = new Set(['id', 'created_at', 'updated_at']);

const kinds = { roles: 'role', service_type: 'service' }; // where a field's values have sentences of another name

// shown is a value of any type for people; texts of the API's own are put into their language.
export function shown(field, value) {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (Array.isArray(value)) return value.map(one => shown(field, one)).join(', ') || '–';
  if (field === 'criteria') return sayCriteria(value).map(({ name, values }) => `${name}: ${values.join(', ')}`).join(' · ') || t('segments.everybody');
  if (typeof value === 'object') return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return dateTime(value);
  return label(kinds[field] || field, String(value));
}

export function Changes({ changes }) {
  const rows = Object.entries(changes || {}).filter(([field]) => !hidden.has(field));
  return rows.length > 0 && html`<dl class="changes">${rows.map(([field, { old, new: now }]) => html`<div key=${field}><dt>${label('field', field)}</dt>
    <dd><del dir="auto">${shown(field, old)}</del><span class="flip"><${Icon} name="next" size=${14} /></span><ins dir="auto">${shown(field, now)}</ins></dd></div>`)}</dl>`;
}

const icons = { create: 'plus', delete: 'trash', erase: 'trash', export: 'download', login: 'key', login_failed: 'alert', logout: 'leave' };

// subject leads to the record of a change, where it has a page of its own.
function subject(change) {
  const name = t('kind.' + change.kind);
  const page = { customer: 'customers', segment: 'segments' }[change.kind];
  return page && change.id ? html`<a href="#/${page}/${change.id}">${name}</a>` : name;
}

export function Change({ change, what }) {
  return html`<li class="moment"><span class="moment-icon"><${Icon} name=${icons[change.op] || 'edit'} /></span>
    <div><div class="moment-head"><b dir="auto">${change.user_name || change.user || t('history.service')}</b><span>${t('op.' + change.op)}</span>${what && !/^log/.test(change.op) && html`<span>${subject(change)}</span>`}<time datetime=${change.time}>${dateTime(change.time)}</time></div>
      ${change.op === 'update' && html`<${Changes} changes=${change.changes} />`}</div></li>`;
}

// History is who changed what of a customer, newest first.
export function History({ id }) {
  const [page, setPage] = useState(1);
  const history = useData(`/customers/${id}/history?size=20&page=${page}`, change => change.id === id || change.customer_id === id);
  return html`<${Answer} of=${history} rows=${4} tall>${data => (data.items.length === 0 ? html`<${Empty} icon="history" title=${t('history.none')} />`
    : html`<ol class="timeline">${data.items.map(change => html`<${Change} key=${change.seq} change=${change} what />`)}</ol><${Pager} list=${data} onPage=${setPage} />`)}<//>`;
}
