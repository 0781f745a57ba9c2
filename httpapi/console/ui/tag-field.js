import { html, useId, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// TagField edits a list of tags. Enter, a comma or leaving the field adds what is typed.
export function TagField({ form, name, label, values }) {
  const id = useId();
  const [text, setText] = useState('');
  const tags = form.values[name];
  const set = next => form.set(name, next);
  const add = () => {
    const tag = text.trim();
    if (tag && !tags.some(one => one.toLowerCase() === tag.toLowerCase())) set([...tags, tag]);
    type('');
  };
  const type = value => {
    setText(value);
    form.setTyping(value.trim() && name);
  };
  const press = event => {
    if (event.key === ',' || (event.key === 'Enter' && text.trim())) {
      event.preventDefault();
      add();
    } else if (event.key === 'Backspace' && !text) set(tags.slice(0, -1));
  };
  const typed = event => {
    const value = event.currentTarget.value;
    type(value);
    if (event.inputType === 'insertReplacementText') queueMicrotask(add);
  };
  return html`<div class="field wide">
    <label for=${id}>${label} <span class="quiet">${t('form.optional')}</span></label>
    <div class="tag-box">${tags.map(tag => html`<span key=${tag} class="tag" dir="auto"><span>${tag}</span>
        <button type="button" aria-label=${t('tags.remove', { name: tag })} onClick=${() => set(tags.filter(one => one !== tag))}><${Icon} name="close" size=${12} /></button></span>`)}
      <input id=${id} value=${text} list=${id + 'l'} placeholder=${tags.length ? '' : t('tags.hint')} autocomplete="off" onInput=${typed} onKeyDown=${press} onBlur=${add} />
      <datalist id=${id + 'l'}>${values.filter(one => !tags.includes(one.value)).map(one => html`<option key=${one.value} value=${one.value} />`)}</datalist></div>
    ${form.errors[name] && html`<p class="error">${form.errors[name]}</p>`}
  </div>`;
}
