import { post } from '../lib/api.js';
import { useData } from '../lib/data.js';
import { ago, bytes, dateTime, duration, number } from '../lib/format.js';
import { html, useEffect, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { now } from '../lib/office.js';
import { replaceQuery, route } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Answer } from '../ui/answer.js';
import { Icon } from '../ui/icons.js';
import { Ltr } from '../ui/inline.js';
import { PageHead } from '../ui/page-head.js';
import { Tabs } from '../ui/tabs.js';
import { failed, toast } from '../ui/toast.js';
import { Audit } from './audit.js';

const DAY = 86400000;

// isOld reports whether a backup, if there is one, is older than it should be.
const isOld = backup => !backup || now() - new Date(backup.time) > 2 * DAY;

// copyLight is whether copies in a place elsewhere are well. The address of a bucket ends before its question mark.
function copyLight({ to, last_backup: last, failed_at: failed }) {
  const place = '\u2068' + to.split('?')[0] + '\u2069';
  if (failed) return [false, t('status.copyFailed', { place, when: ago(failed) })];
  return [!isOld(last), last ? t('status.copy', { place, when: ago(last.time) }) : t('status.noCopy', { place })];
}

// Lights shows what is well, and what somebody has to look after.
function Lights({ status }) {
  const backup = status.last_backup;
  const tight = status.disk_free < 2 * status.sizes.database + 500e6;
  const lights = [
    [status.index.ready, status.index.ready ? t('status.ready') : t('status.starting')],
    [status.index.search_lag < 1000, status.index.search_lag ? t('status.lag', { count: status.index.search_lag }) : t('status.indexed')],
    [!isOld(backup), backup ? t('status.backup', { when: ago(backup.time) }) : t('status.noBackup')],
    [!tight, t('status.disk', { free: bytes(status.disk_free) })],
  ];
  if (status.backup_failed_at) lights.push([false, t('status.backupFailed', { when: ago(status.backup_failed_at) })]);
  lights.push(...status.offsite.map(copyLight));
  if (status.unreadable.count) lights.push([false, t('status.unreadable', { count: status.unreadable.count })]);
  return html`<ul class="lights">${lights.map(([good, text]) => html`<li key=${text} class=${good ? 'well' : 'unwell'}><${Icon} name=${good ? 'check' : 'alert'} size=${18} />${text}</li>`)}</ul>`;
}

function Facts({ title, rows }) {
  return html`<section class="card"><h2>${title}</h2><dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="numeric">${value}</dd></div>`)}</dl></section>`;
}

function Service({ status }) {
  const { counts, sizes } = status;
  return html`<div class="cards">
    <${Facts} title=${t('status.records')} rows=${['customers', 'interactions', 'feedback', 'segments', 'users'].map(kind => [t('nav.' + kind), number(counts[kind])])} />
    <${Facts} title=${t('status.service')} rows=${[[t('status.version'), html`<${Ltr}>${status.version}<//>`], [t('status.uptime'), duration(status.uptime_seconds)], [t('status.started'), dateTime(status.started_at)],
      [t('status.changes'), number(status.seq)], [t('status.schema'), number(status.schema)], [t('status.zoneData'), html`<${Ltr}>${status.timezone_data}<//>`]]} />
    <${Facts} title=${t('status.sizes')} rows=${[[t('status.database'), bytes(sizes.database)], [t('status.databaseFree'), bytes(sizes.database_free)], [t('status.index'), bytes(sizes.index)],
      [t('status.backups'), bytes(sizes.backups)], [t('status.diskFree'), bytes(status.disk_free)]]} />
    <${Backups} />
  </div>`;
}

// Backups lists the last backups, with a button that makes one.
function Backups() {
  const { data, reload } = useData(can('crm:read:backups') && '/backups/?size=5');
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    await post('/backups/', {}).then(() => toast(t('status.backupDone')), failed);
    setBusy(false);
    reload();
  };
  if (!data) return null;
  return html`<section class="card"><div class="section-head"><h2>${t('status.backups')}</h2>
      ${can('crm:create:backups') && html`<button class="button small head-link" disabled=${busy} onClick=${make}>${t(busy ? 'status.backupBusy' : 'status.backupNow')}</button>`}</div>
    ${data.items.length === 0 ? html`<p class="muted">${t('status.noBackup')}</p>` : html`<ul>${data.items.map(one => html`<li key=${one.path} class="backup"><span>${dateTime(one.time)}</span><span class="quiet">${bytes(one.size)}</span>
      ${one.verified_at && html`<span class="pill good"><${Icon} name="check" />${t('status.verified')}</span>`}${one.encrypted_for && html`<span class="pill"><${Icon} name="key" />${t('status.encrypted')}</span>`}</li>`)}</ul>`}
  </section>`;
}

// Live reads the status every ten seconds.
function Live() {
  const state = useData('/status');
  const { reload } = state;
  useEffect(() => {
    const timer = setInterval(reload, 10000);
    return () => clearInterval(timer);
  }, [reload]);
  return html`<${Answer} of=${state} rows=${5} tall>${status => html`<${Lights} status=${status} /><${Service} status=${status} />`}<//>`;
}

// Status is the page of the service's state and of the activity log.
export function Status() {
  const { query: params } = useObservable(route);
  const tabs = ['service', can('crm:read:audit') && 'audit'].filter(Boolean);
  const view = tabs.includes(params.get('view')) ? params.get('view') : 'service';
  return html`<div class="page"><${PageHead} title=${t('nav.status')} />
    <${Tabs} items=${tabs.map(name => [name, t('status.' + name)])} chosen=${view} onChoose=${name => replaceQuery({ view: name, user: '', kind: '', op: '', from: '', to: '' })}>
      ${view === 'audit' ? html`<${Audit} params=${params} />` : html`<${Live} />`}<//>
  </div>`;
}
