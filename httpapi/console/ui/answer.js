import { clock, dateTime } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { daysUntil } from '../lib/office.js';
import { Icon } from './icons.js';
import { Skeleton, Failure } from './placeholders.js';

// Old says how old the data on the page is, when it cannot be read again now.
export function Old({ at }) {
  return html`<p class="old" role="status"><${Icon} name="offline" size=${16} />${t('state.old', { when: daysUntil(at) === 0 ? clock(at) : dateTime(at) })}</p>`;
}

// Answer calls its child with what useData has read. It shows a skeleton before that, and the reason if it cannot be read. Data that
// cannot be read again stays, with its age.
export function Answer({ of: { data, error, at, reload }, rows, tall, children }) {
  if (error && !(data && error.passing)) return html`<${Failure} problem=${error} retry=${reload} />`;
  if (!data) return html`<${Skeleton} rows=${rows} tall=${tall} />`;
  return html`${error && html`<${Old} at=${at} />`}${children(data)}`;
}
