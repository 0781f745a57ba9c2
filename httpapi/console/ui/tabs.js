import { html, useRef } from '../lib/html.js';

// Tabs is a list of tabs above the panel of the chosen one; items are [name, text]. The arrow keys go from tab to tab, Home and End to
// the first and the last.
export function Tabs({ items, chosen, onChoose, children }) {
  const list = useRef();
  const press = event => {
    const at = items.findIndex(([name]) => name === chosen);
    const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = document.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    const to = { [forward]: (at + 1) % items.length, [back]: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onChoose(items[to][0]);
    list.current.children[to].focus();
  };
  return html`<div class="seg-tabs" role="tablist" ref=${list} onKeyDown=${press}>${items.map(([name, text]) => html`<button key=${name} type="button" class="seg-tab" role="tab" id="tab-${name}"
      aria-controls="panel" aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1} onClick=${() => onChoose(name)}>${text}</button>`)}</div>
    <div class="panel" role="tabpanel" id="panel" tabindex="-1" aria-labelledby="tab-${chosen}">${children}</div>`;
}
