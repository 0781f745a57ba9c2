import { clock, dateTime } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { daysUntil } from '../lib/office.js';
import { Icon } from './icons.js';
import { Skeleton, Failure } from './placeholders.js';

// Old says that what is shown could not be read again since a time.
export function Old({ at }) {
  return html`<p class="old" role="status"><${Icon} name="offline" size=${16} />${t('state.old', { when: daysUntil(at) === 0 ? clock(at) : dateTime(at) })}</p>`;
}

// Answer shows what useData has read, by calling its child with it: a skeleton until it is there, and why when it will not be.
// What cannot be read again for a while stays, and says how old it is.
export function Answer({ of: { data, error, at, reload }, rows, tall, children }) {
  if (error && !(data && error.passing)) return html`<${Failure} problem=${error} retry=${reload} />`;
  if (!data) return html`<${Skeleton} rows=${rows} tall=${tall} />`;
  return html`${error && html`<${Old} at=${at} />`}${children(data)}`;
}
