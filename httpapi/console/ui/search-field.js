import { html, useEffect, useRef, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// SearchField calls onSearch shortly after the last key, and at once with Enter.
export function SearchField({ value, onSearch, onEnter, label, autofocus }) {
  const [text, setText] = useState(value);
  const input = useRef();
  const timer = useRef(0);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return; // the user has typed more since
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (autofocus) input.current.focus();
    return () => clearTimeout(timer.current);
  }, []);
  const say = next => {
    clearTimeout(timer.current);
    told.current = next.trim();
    onSearch(told.current);
  };
  const tell = next => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(say, 40, next);
  };
  const press = event => {
    if (event.key === 'Escape' && text) clear();
    if (event.key !== 'Enter' || event.isComposing || !text.trim()) return;
    if (text.trim() !== told.current) say(text);
    onEnter();
  };
  const clear = () => { tell(''); input.current.focus(); };
  return html`<div class="search" role="search">
    <${Icon} name="search" />
    <input ref=${input} type="search" data-search value=${text} placeholder=${label} aria-label=${label} autocomplete="off" spellcheck="false"
      onInput=${event => tell(event.currentTarget.value)} onKeyDown=${press} />
    ${text ? html`<button type="button" class="icon-button" aria-label=${t('search.clear')} onClick=${clear}><${Icon} name="close" size=${16} /></button>` : html`<kbd aria-hidden="true">/</kbd>`}
  </div>`;
}
