import { number } from '../lib/format.js';
import { html, useEffect, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';
import { usePopup } from './popup.js';

const fold = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

// Choices is a list of check boxes that can be searched; values are {value, text, count}. With free, other values can be typed.
export function Choices({ values, chosen, onChange, name, free }) {
  const [search, setSearch] = useState('');
  const wanted = fold(search.trim());
  const all = [...chosen.filter(v => !values.some(o => o.value === v)).map(value => ({ value, text: value })), ...values];
  const shown = all.filter(option => fold(option.text).includes(wanted)).slice(0, 80);
  const toggle = value => onChange(chosen.includes(value) ? chosen.filter(v => v !== value) : [...chosen, value]);
  const add = event => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const value = shown[0]?.value ?? (free && search.trim());
    if (value && wanted) { toggle(value); setSearch(''); }
  };
  return html`<div class="choices">
    ${(all.length > 8 || free) && html`<input type="search" value=${search} placeholder=${t('filter.find')} aria-label=${t('filter.findIn', { name })}
      onInput=${event => setSearch(event.currentTarget.value)} onKeyDown=${add} />`}
    <div class="choice-list">${shown.map(option => html`<label key=${option.value} class="choice">
      <input type="checkbox" checked=${chosen.includes(option.value)} onChange=${() => toggle(option.value)} />
      <span dir="auto">${option.text}</span>${option.count !== undefined && html`<span class="quiet">${number(option.count)}</span>`}</label>`)}
      ${shown.length === 0 && html`<p class="hint">${free && wanted ? t('filter.addWith', { value: search.trim() }) : t('filter.none')}</p>`}
    </div></div>`;
}

// Filter is a button that shows what a list is filtered by, and opens the choices. With single, one value can be chosen.
export function Filter({ name, values, chosen, onChange, single, free }) {
  const { open, setOpen, root, popup } = usePopup();
  const text = value => values.find(option => option.value === value)?.text ?? value;
  const said = chosen.length > 2 ? `${text(chosen[0])} +${number(chosen.length - 1)}` : chosen.map(text).join(', ');
  const change = next => {
    onChange(single ? next.slice(-1) : next);
    if (single) setOpen(false);
  };
  useEffect(() => { if (open) popup.current.querySelector('input')?.focus({ preventScroll: true }); }, [open]);
  return html`<div class="popup-root" ref=${root}>
    <button type="button" class="filter ${chosen.length ? 'on' : ''}" aria-expanded=${open} aria-haspopup="true" onClick=${() => setOpen(!open)}>
      <span>${name}</span>${said && html`<b dir="auto">${said}</b>`}<${Icon} name="down" size=${16} /></button>
    ${chosen.length > 0 && html`<button type="button" class="filter-clear" aria-label=${t('filter.clear', { name })} onClick=${() => onChange([])}><${Icon} name="close" size=${14} /></button>`}
    ${open && html`<div class="popup" ref=${popup} popover="manual" role="group" aria-label=${name}><${Choices} ...${{ values, chosen, name, free }} onChange=${change} /></div>`}
  </div>`;
}
