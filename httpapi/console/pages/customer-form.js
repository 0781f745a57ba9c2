import { get, query } from '../lib/api.js';
import { nameOf } from '../lib/format.js';
import { html, useEffect, useId, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { contactTypes, languages, loyalties, useValues } from '../lib/values.js';
import { Check, Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { useRecordForm } from '../ui/record-form.js';
import { TagField } from '../ui/tag-field.js';

const empty = {
  full_name: '', company_name: '', contact_type: 'Individual', email: '', phone: '', nationality: '', region: '', preferred_language: 'French', tags: [], notes: '',
};

// Duplicate links to the customer who already has the e-mail address.
function Duplicate({ email }) {
  const [owner, setOwner] = useState(null);
  useEffect(() => {
    get('/customers/' + query({ query: email, is_active: 'all', size: 10 }))
      .then(list => setOwner(list.items.find(one => one.email.toLowerCase() === email.toLowerCase())), () => {});
  }, [email]);
  return owner && html`<p class="hint">${t('customers.duplicate')} <a href="#/customers/${owner.id}"><bdi>${nameOf(owner)}</bdi></a>${!owner.is_active && ` (${t('active.false')})`}</p>`;
}

// Suggest is a text field that suggests the values of other customers.
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
    ${field('email', { type: 'email', dir: 'ltr', autocomplete: 'off', extra: taken && html`<${Duplicate} email=${form.values.email.trim()} />` })}
    ${field('phone', { type: 'tel', dir: 'ltr', autocomplete: 'off' })}
    <${Suggest} form=${form} name="region" values=${values.region} />
    <${Suggest} form=${form} name="nationality" values=${values.nationality} />
    ${field('preferred_language', { options: spoken.map(value => [value, label('languages', value)]) })}
    ${editing && field('loyalty_status', { options: loyalties.map(value => [value, label('loyalty', value)]) })}
    <${TagField} form=${form} name="tags" label=${t('field.tags')} values=${values.tags} />
    ${field('notes', { type: 'textarea', wide: true, optional: true })}
    ${editing && html`<div class="wide"><${Check} form=${form} name="is_active" label=${t('customers.isActive')} /></div>`}`;
}

// valuesOf returns the form's values of a customer. The form of a new customer does not ask for loyalty status and activity.
const valuesOf = customer => Object.fromEntries(Object.keys({ ...empty, ...(customer && { loyalty_status: 1, is_active: 1 }) }).map(name => [name, customer?.[name] ?? empty[name] ?? '']));

// CustomerForm creates a customer, or changes the one that it is given.
export function CustomerForm({ customer, step, onSaved = step.close }) {
  const form = useRecordForm({ kind: 'customers', record: customer, read: valuesOf, said: t(customer ? 'customers.saved' : 'customers.created'), done: onSaved });
  return html`<${FormDialog} ...${{ form, step }} title=${t(customer ? 'customers.edit' : 'customers.new')}><${Fields} form=${form} editing=${Boolean(customer)} /><//>`;
}
