import { html, useEffect, useId, useLayoutEffect, useRef } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { valueText } from '../lib/value-text.js';
import { Dialog } from './dialog.js';
import { leaveForm, useUnsaved } from './form.js';
import { Icon } from './icons.js';

// Clash is a field that two people changed. The one who saves last chooses whose value stays.
function Clash({ form, name }) {
  const id = useId();
  const clash = form.edit.clashes[name];
  const who = { theirs: form.edit.by[name] || t('form.colleague'), mine: t('form.you') };
  return html`<fieldset class="clash ${clash.chosen ? '' : 'open'}"><legend>${label('field', name)}</legend>
    ${['theirs', 'mine'].map(whose => html`<label key=${whose} class="choice"><input type="radio" name=${id} value=${whose} data-clash=${name} checked=${clash.chosen === whose} onChange=${() => form.choose(name, whose)} />
      <span><small dir="auto">${who[whose]}</small> <bdi>${valueText(name, clash[whose])}</bdi></span></label>`)}</fieldset>`;
}

function Clashes({ form }) {
  const names = Object.keys(form.edit.clashes);
  return names.length > 0 && html`<section class="clashes" role="alert"><p><${Icon} name="alert" size=${18} /> ${t('form.clash')}</p>
    ${names.map(name => html`<${Clash} key=${name} form=${form} name=${name} />`)}</section>`;
}

// Restored says that the form has a draft, and lets the user discard it.
export function Restored({ form }) {
  return form.restored && html`<p class="restored" role="status">${t('form.restored')} <button type="button" class="link" onClick=${() => form.reset()}>${t('form.discard')}</button></p>`;
}

// FormDialog is a form in a dialog, as a step (useStep). It asks before it closes if something is not saved. body is the class of what
// holds the fields, extra stands before the buttons.
export function FormDialog({ form, step, title, variant = 'drawer', body = 'form', action = t('action.save'), disabled, extra, children }) {
  useUnsaved(form);
  const current = useRef();
  current.current = form;
  const ask = () => leaveForm(current.current);
  useLayoutEffect(() => step.guard(ask), []);
  useEffect(() => { current.current.form.current.querySelector('.clash.open input')?.focus(); }, [Object.keys(form.edit.clashes).length]);
  return html`<${Dialog} variant=${variant} title=${title} onClose=${step.close} guard=${ask}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <div class="dialog-body"><${Restored} form=${form} /><${Clashes} form=${form} /><div class=${body}>${children}</div></div>
      <footer>${extra}<button class="button" type="button" onClick=${() => ask() && step.close()}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy || disabled}>${action}</button></footer>
    </form>
  <//>`;
}
