import { useData } from '../lib/data.js';
import { html, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Answer } from '../ui/answer.js';
import { Change } from '../ui/changes.js';
import { Pager } from '../ui/pager.js';
import { Empty } from '../ui/placeholders.js';

// History shows who changed what of a customer, the newest change first.
export function History({ id }) {
  const [page, setPage] = useState(1);
  const history = useData(`/customers/${id}/history?size=20&page=${page}`, change => change.id === id || change.customer_id === id);
  return html`<${Answer} of=${history} rows=${4} tall>${data => (data.items.length === 0 ? html`<${Empty} icon="history" title=${t('history.none')} />`
    : html`<ol class="timeline">${data.items.map(change => html`<${Change} key=${change.seq} change=${change} />`)}</ol><${Pager} list=${data} onPage=${setPage} />`)}<//>`;
}
