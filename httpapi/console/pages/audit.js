import { get, query } from '../lib/api.js';
import { useRecovery } from '../lib/data.js';
import { html, useEffect, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { now } from '../lib/office.js';
import { replaceQuery } from '../lib/router.js';
import { Answer } from '../ui/answer.js';
import { Change } from '../ui/changes.js';
import { DateRange } from '../ui/date-range.js';
import { Filter } from '../ui/filter.js';
import { Empty } from '../ui/placeholders.js';

const kinds = ['customer', 'interaction', 'feedback', 'segment', 'user', 'backup'];
const ops = ['create', 'update', 'delete', 'export', 'backup', 'erase', 'login', 'login_failed', 'logout'];

// useLog reads the change log page by page. Each page starts where the last one ended.
function useLog(filters) {
  const [state, setState] = useState({});
  const wanted = query({ ...filters, size: 50 });
  const load = (before, items) => get('/audit' + wanted + (before ? '&before=' + before : ''))
    .then(page => setState({ data: [...items, ...page.items], next: page.next, at: now() }), error => setState(s => ({ ...s, error })));
  const reload = () => load(null, []);
  useEffect(() => {
    setState({});
    reload();
  }, [wanted]);
  useRecovery(state.error, reload);
  return { ...state, more: () => load(state.next, state.data), reload };
}

// Audit is the activity log.
export function Audit({ params }) {
  const filters = Object.fromEntries(['user', 'kind', 'op', 'from', 'to'].map(name => [name, params.get(name)]));
  const log = useLog(filters);
  const one = (name, all) => html`<${Filter} name=${t('audit.' + name)} single values=${all.map(value => ({ value, text: label(name, value) }))} chosen=${filters[name] ? [filters[name]] : []} onChange=${chosen => replaceQuery({ [name]: chosen[0] || '' })} />`;
  return html`<div class="filters">${one('kind', kinds)}${one('op', ops)}<${DateRange} from=${filters.from} to=${filters.to} onChange=${replaceQuery} /></div>
    <${Answer} of=${log} rows=${6} tall>${items => (items.length === 0 ? html`<${Empty} icon="history" title=${t('history.none')} />`
      : html`<ol class="timeline">${items.map(change => html`<${Change} key=${change.seq} change=${change} what />`)}</ol>${log.next && html`<button class="button" onClick=${log.more}>${t('timeline.more')}</button>`}`)}<//>`;
}
