import { date } from '../lib/format.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { isoDay } from '../lib/office.js';
import { Icon } from './icons.js';
import { usePopup } from './popup.js';

function said(from, to) {
  if (from && to) return `${date(from)} – ${date(to)}`;
  if (from) return t('range.since', { day: date(from) });
  return to ? t('range.until', { day: date(to) }) : '';
}

// DateRange is a filter by a range of days, both included.
export function DateRange({ from, to, onChange }) {
  const { open, setOpen, root, popup } = usePopup();
  const text = said(from, to);
  const since = days => { onChange({ from: isoDay(-days), to: '' }); setOpen(false); };
  const field = (name, value) => html`<label class="field"><span class="field-label">${t('range.' + name)}</span>
    <input type="date" value=${value || ''} onChange=${event => onChange({ from, to, [name]: event.currentTarget.value })} /></label>`;
  return html`<div class="popup-root" ref=${root}>
    <button type="button" class="filter ${text ? 'on' : ''}" aria-expanded=${open} aria-haspopup="true" onClick=${() => setOpen(!open)}>
      <span>${t('range.title')}</span>${text && html`<b>${text}</b>`}<${Icon} name="down" size=${16} /></button>
    ${text && html`<button type="button" class="filter-clear" aria-label=${t('filter.clear', { name: t('range.title') })} onClick=${() => onChange({ from: '', to: '' })}><${Icon} name="close" size=${14} /></button>`}
    ${open && html`<div class="popup range" ref=${popup} popover="manual" role="group" aria-label=${t('range.title')}>
      <div class="channels">${[7, 30, 90].map(days => html`<button key=${days} type="button" class="channel" onClick=${() => since(days)}>${t('range.days', { count: days })}</button>`)}</div>
      ${field('from', from)}${field('to', to)}</div>`}
  </div>`;
}
