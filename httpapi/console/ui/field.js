import { html, useId, useRef, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { failed } from './toast.js';
import { fieldErrors } from './problem.js';

// useForm holds a form's values and what the API found wrong with them, each beside its field. send is called with the
// values; a refusal without fields becomes a toast, unless the form itself shows it (quiet).
export function useForm(initial, send, { quiet = false } = {}) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef();
  const errors = fieldErrors(problem);
  const set = (name, value) => {
    setValues(v => ({ ...v, [name]: value }));
    setProblem(p => {
      const rest = p?.errors.filter(e => e.loc[1] !== name);
      return rest?.length ? { ...p, errors: rest } : null;
    });
  };
  const submit = async event => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await send(values);
    } catch (refused) {
      if (refused.status === undefined) throw refused;
      setProblem(refused);
      if (refused.errors.length === 0 && !quiet) failed(refused);
      requestAnimationFrame(() => form.current?.querySelector('[aria-invalid=true]')?.focus());
    } finally {
      setBusy(false);
    }
  };
  const dirty = JSON.stringify(values) !== JSON.stringify(initial);
  return { values, set, errors, problem, busy, dirty, form, submit, reset: next => { setValues(next); setProblem(null); } };
}

// Field is a labelled input, select or textarea of a form.
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

export function Check({ form, name, label }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${form.values[name]}
    onChange=${event => form.set(name, event.currentTarget.checked)} /><span>${label}</span></label>`;
}
