import { get, newKey, post, put, query } from '../lib/api.js';
import { nameOf } from '../lib/format.js';
import { html, useEffect, useId, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { contactTypes, languages, loyalties, useValues } from '../lib/values.js';
import { Dialog } from '../ui/dialog.js';
import { Check, Field, useForm } from '../ui/field.js';
import { TagField } from '../ui/tags.js';
import { toast } from '../ui/toast.js';

const empty = {
  full_name: '', company_name: '', contact_type: 'Individual', email: '', phone: '', nationality: '', region: '', preferred_language: 'French', tags: [], notes: '',
};

// changed are the fields that differ, so that two people who edit different fields both win.
function changed(before, after) {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name] ?? '')));
}

// Duplicate tells whose e-mail it is, so that nobody is entered twice.
function Duplicate({ email }) {
  const [owner, setOwner] = useState(null);
  useEffect(() => {
    get('/customers/' + query({ query: email, is_active: 'all', size: 10 }))
      .then(list => setOwner(list.items.find(one => one.email.toLowerCase() === email.toLowerCase())), () => {});
  }, [email]);
  return owner && html`<p class="hint">${t('customers.duplicate')} <a href="#/customers/${owner.id}"><bdi>${nameOf(owner)}</bdi></a>${!owner.is_active && ` (${t('active.false')})`}</p>`;
}

// Suggest is a text field with the values that others have.
function Suggest({ form, name, values, ...rest }) {
  const id = useId();
  return html`<${Field} form=${form} name=${name} label=${t('field.' + name)} list=${id} autocomplete="off" ...${rest}
    extra=${html`<datalist id=${id}>${values.map(one => html`<option key=${one.value} value=${one.value} />`)}</datalist>`} />`;
}

function Fields({ form, editing }) {
  const values = useValues();
  const field = (name, rest = {}) => html`<${Field} form=${form} name=${name} label=${t('field.' + name)} ...${rest} />`;
  const spoken = [...new Set([...languages, ...values.preferred_language.map(one => one.value), form.values.preferred_language])];
  const taken = form.problem?.errors.find(error => error.type === 'taken');
  return html`
    ${field('full_name', { autofocus: !editing, autocomplete: 'off' })}
    ${field('contact_type', { options: contactTypes.map(value => [value, label('contact', value)]) })}
    ${field('company_name', { autocomplete: 'off', wide: true, optional: form.values.contact_type === 'Individual' })}
    ${field('email', { type: 'email', dir: 'ltr', autocomplete: 'off', extra: taken && html`<${Duplicate} email=${taken.email} />` })}
    ${field('phone', { type: 'tel', dir: 'ltr', autocomplete: 'off' })}
    <${Suggest} form=${form} name="region" values=${values.region} />
    <${Suggest} form=${form} name="nationality" values=${values.nationality} />
    ${field('preferred_language', { options: spoken.map(value => [value, label('languages', value)]) })}
    ${editing && field('loyalty_status', { options: loyalties.map(value => [value, label('loyalty', value)]) })}
    <${TagField} form=${form} name="tags" label=${t('field.tags')} values=${values.tags} />
    ${field('notes', { type: 'textarea', wide: true, optional: true })}
    ${editing && html`<div class="wide"><${Check} form=${form} name="is_active" label=${t('customers.isActive')} /></div>`}`;
}

// CustomerForm makes a customer, or changes the one it is given.
export function CustomerForm({ customer, onClose, onSaved }) {
  const before = Object.fromEntries(Object.keys({ ...empty, ...(customer && { loyalty_status: 1, is_active: 1 }) }).map(name => [name, customer?.[name] ?? empty[name] ?? '']));
  const [key] = useState(newKey);
  const form = useForm(before, async values => {
    try {
      const saved = customer ? await put('/customers/' + customer.id, changed(before, values)) : await post('/customers/', values, key);
      toast(t(customer ? 'customers.saved' : 'customers.created'));
      onSaved(saved);
    } catch (problem) {
      problem.errors?.forEach(error => { if (error.type === 'taken') error.email = values.email.trim(); });
      throw problem;
    }
  });
  const guard = () => !form.dirty || confirm(t('form.leave'));
  return html`<${Dialog} look="drawer" title=${t(customer ? 'customers.edit' : 'customers.new')} onClose=${onClose} guard=${guard}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <div class="dialog-body"><div class="form"><${Fields} form=${form} editing=${Boolean(customer)} /></div></div>
      <footer><button class="button" type="button" onClick=${() => guard() && onClose()}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy}>${t('action.save')}</button></footer>
    </form>
  <//>`;
}
