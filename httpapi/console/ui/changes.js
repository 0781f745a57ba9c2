// Entries of the change log, as the history of a record and the activity log show them.
import { dateTime } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { valueText } from '../lib/value-text.js';
import { Icon } from './icons.js';
import { Ltr } from './inline.js';

const hidden = new Set(['id', 'created_at', 'updated_at']);

function Changes({ changes, names }) {
  const meant = changes?.follow_up_local?.new; // the same as follow_up_date, as the user chose it
  const rows = Object.entries(changes || {}).filter(([field]) => !hidden.has(field) && !(meant && field === 'follow_up_date'));
  return rows.length > 0 && html`<dl class="changes">${rows.map(([field, { old, new: now }]) => html`<div key=${field}><dt>${label('field', field)}</dt>
    <dd><del dir="auto">${valueText(field, old, names)}</del><span class="flip"><${Icon} name="next" size=${14} /></span><ins dir="auto">${valueText(field, now, names)}</ins></dd></div>`)}</dl>`;
}

const icons = { create: 'plus', delete: 'trash', erase: 'trash', export: 'download', backup: 'download', login: 'key', login_failed: 'alert', logout: 'leave' };

const signIn = change => /^log/.test(change.op);

// who returns who acted. A sign-in is an entry about the user who signs in; it has no user if nobody has the e-mail address that was
// typed.
function who(change) {
  if (signIn(change)) return change.name || change.user_name || t('history.unknown');
  return change.user_name || change.user || t('history.service');
}

// subject is the record that was changed, with a link to its customer or segment, the list that was exported, or where a backup went.
function subject(change) {
  if (change.op === 'backup') return html`<${Ltr}>${change.path}<//>`;
  if (change.op === 'export' && !change.id) return t('exported.' + change.kind);
  const kind = t(change.op === 'export' ? 'exported.one' : 'kind.' + change.kind);
  const page = change.kind === 'segment' ? `segments/${change.id}` : change.customer_id && `customers/${change.customer_id}`;
  const name = html`<bdi>${change.name || (page && t('history.nameless'))}</bdi>`;
  return html`${kind} ${page ? html`<a href="#/${page}">${name}</a>` : name}`;
}

// Change is one entry of the change log. With what, it names the record too.
export function Change({ change, what }) {
  return html`<li class="timeline-entry"><span class="entry-icon"><${Icon} name=${icons[change.op] || 'edit'} /></span>
    <div><div class="entry-head"><b dir="auto">${who(change)}</b><span>${t('op.' + change.op)}</span>${what && !signIn(change) && html`<span>${subject(change)}</span>`}${change.remote && html`<span class="quiet"><${Ltr}>${change.remote}<//></span>`}<time datetime=${change.time}>${dateTime(change.time)}</time></div>
      ${change.op === 'update' && html`<${Changes} changes=${change.changes} names=${change.names} />`}</div></li>`;
}
