import { html, useEffect, useId } from '../lib/html.js';
import { usePopup } from './popup.js';

// Menu is a button that opens a list of actions: items are {text, lang, icon, act, danger, checked}, and null for a line. label names
// the list, and a button without text. Screen readers say before ahead of the button's text.
export function Menu({ button, label, before, className = 'icon-button', items }) {
  const { open, setOpen, root, popup } = usePopup();
  const list = useId();
  const wordless = className.includes('icon-button') ? label : undefined;
  useEffect(() => {
    if (open) root.current.querySelector('[role^=menuitem]')?.focus();
  }, [open]);
  const move = event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...root.current.querySelectorAll('[role^=menuitem]')];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  };
  const run = item => {
    setOpen(false);
    root.current.querySelector('[aria-expanded]').focus();
    item.act();
  };
  const row = (item, i) => item === null ? html`<hr key=${i} />` : html`<button key=${i} type="button" tabindex="-1" class=${item.danger ? 'danger' : ''}
      role=${item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked=${item.checked} onClick=${() => run(item)}>
    ${item.icon}<span lang=${item.lang}>${item.text}</span></button>`;
  return html`<div class="popup-root" ref=${root}>
    <button type="button" class=${className} aria-haspopup="menu" aria-expanded=${open} aria-controls=${list} aria-label=${wordless} title=${wordless} onClick=${() => setOpen(!open)}>${before && html`<span class="hidden">${before}</span>`}${button}</button>
    ${open && html`<div id=${list} ref=${popup} popover="manual" class="popup menu" role="menu" aria-label=${label} onKeyDown=${move}>${items.filter(item => item !== false).map(row)}</div>`}
  </div>`;
}
