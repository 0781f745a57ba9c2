import { sayCriteria } from '../lib/criteria.js';
import { useData } from '../lib/data.js';
import { date, dateTime } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { Answer } from '../ui/answer.js';
import { Icon } from '../ui/icons.js';
import { Empty, Ltr } from '../ui/inline.js';
import { Pager } from '../ui/pager.js';

const hidden = new Set(['id', 'created_at', 'updated_at']);

const kinds = { roles: 'role', service_type: 'service' }; // where a field's values have sentences of another name

// shown is a value of any type for people; texts of the API's own are put into their language, and people's ids become their names.
export function shown(field, value, names) {
  if (value === null || value === undefined || value === '') return '–';
  if (names?.[value]) return names[value];
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (Array.isArray(value)) return value.map(one => shown(field, one)).join(', ') || '–';
  if (field === 'criteria') return sayCriteria(value).map(({ name, values }) => `${name}: ${values.join(', ')}`).join(' · ') || t('segments.everybody');
  if (typeof value === 'object') return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return dateTime(value);
  if (field === 'follow_up_local') return date(value);
  return label(kinds[field] || field, String(value));
}

export function Changes({ changes, names }) {
  const meant = changes?.follow_up_local?.new; // says what follow_up_date does, as it was said
  const rows = Object.entries(changes || {}).filter(([field]) => !hidden.has(field) && !(meant && field === 'follow_up_date'));
  return rows.length > 0 && html`<dl class="changes">${rows.map(([field, { old, new: now }]) => html`<div key=${field}><dt>${label('field', field)}</dt>
    <dd><del dir="auto">${shown(field, old, names)}</del><span class="flip"><${Icon} name="next" size=${14} /></span><ins dir="auto">${shown(field, now, names)}</ins></dd></div>`)}</dl>`;
}

const icons = { create: 'plus', delete: 'trash', erase: 'trash', export: 'download', login: 'key', login_failed: 'alert', logout: 'leave' };

const signIn = change => /^log/.test(change.op);

// who acted: of a sign-in that failed the log knows only whose it was to be.
function who(change) {
  if (signIn(change)) return change.name || change.user_name || t('history.unknown');
  return change.user_name || change.user || t('history.service');
}

// what a change was about, with a link to the customer or segment: a whole list, where a list was exported.
function subject(change) {
  if (change.op === 'export' && !change.id) return t('exported.' + change.kind);
  const kind = t(change.op === 'export' ? 'exported.one' : 'kind.' + change.kind);
  const page = change.kind === 'segment' ? `segments/${change.id}` : change.customer_id && `customers/${change.customer_id}`;
  const name = html`<bdi>${change.name || (page && t('history.nameless'))}</bdi>`;
  return html`${kind} ${page ? html`<a href="#/${page}">${name}</a>` : name}`;
}

export function Change({ change, what }) {
  return html`<li class="moment"><span class="moment-icon"><${Icon} name=${icons[change.op] || 'edit'} /></span>
    <div><div class="moment-head"><b dir="auto">${who(change)}</b><span>${t('op.' + change.op)}</span>${what && !signIn(change) && html`<span>${subject(change)}</span>`}${change.remote && html`<span class="quiet"><${Ltr}>${change.remote}<//></span>`}<time datetime=${change.time}>${dateTime(change.time)}</time></div>
      ${change.op === 'update' && html`<${Changes} changes=${change.changes} names=${change.names} />`}</div></li>`;
}

// History is who changed what of a customer, newest first.
export function History({ id }) {
  const [page, setPage] = useState(1);
  const history = useData(`/customers/${id}/history?size=20&page=${page}`, change => change.id === id || change.customer_id === id);
  return html`<${Answer} of=${history} rows=${4} tall>${data => (data.items.length === 0 ? html`<${Empty} icon="history" title=${t('history.none')} />`
    : html`<ol class="timeline">${data.items.map(change => html`<${Change} key=${change.seq} change=${change} />`)}</ol><${Pager} list=${data} onPage=${setPage} />`)}<//>`;
}
