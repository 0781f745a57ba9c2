import { html, useId } from '../lib/html.js';
import { t } from '../lib/i18n.js';

// Field is an input, select or textarea of a form, with its label and its error or hint. wide fills the row; extra stands below.
export function Field({ form, name, label, hint, type = 'text', options, optional, extra, wide, ...rest }) {
  const id = useId();
  const error = form.errors[name];
  const common = {
    id, name, value: form.values[name] ?? '', 'aria-invalid': error ? 'true' : undefined,
    'aria-describedby': error || hint ? id + 'd' : undefined, ...rest,
  };
  const read = event => form.set(name, event.currentTarget.value);
  let control;
  if (options) {
    control = html`<select ...${common} onChange=${read}>${options.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select>`;
  } else if (type === 'textarea') {
    control = html`<textarea rows="3" ...${common} onInput=${read}></textarea>`;
  } else {
    control = html`<input type=${type} ...${common} onInput=${read} />`;
  }
  return html`<div class="field ${wide ? 'wide' : ''}">
    <label for=${id}>${label}${optional && html` <span class="quiet">${t('form.optional')}</span>`}</label>
    ${control}
    ${error ? html`<p class="error" id=${id + 'd'}>${error}</p>` : hint && html`<p class="hint" id=${id + 'd'}>${hint}</p>`}
    ${extra}
  </div>`;
}

// Check is a check box of a form, with its label.
export function Check({ form, name, label }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${form.values[name]}
    onChange=${event => form.set(name, event.currentTarget.checked)} /><span>${label}</span></label>`;
}
