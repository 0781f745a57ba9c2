import { useData } from '../lib/data.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { me } from '../lib/session.js';
import { Check, Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { Skeleton } from '../ui/placeholders.js';
import { useRecordForm } from '../ui/record-form.js';

// letters are the characters of invented passwords. No two look alike, because people read passwords out on the phone.
const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

function invent() {
  const drawn = [...crypto.getRandomValues(new Uint32Array(12))].map(n => letters[n % letters.length]).join('');
  return drawn.replace(/(.{4})(?=.)/g, '$1-');
}

function Roles({ form }) {
  const { data: roles } = useData('/roles/');
  if (!roles) return html`<${Skeleton} rows=${2} />`;
  const chosen = form.values.roles;
  const toggle = name => form.set('roles', chosen.includes(name) ? chosen.filter(one => one !== name) : [...chosen, name]);
  return html`<fieldset class="wide"><legend class="field-label">${t('field.roles')}</legend>
    <div class="roles">${roles.map(role => html`<label key=${role.name} class="role"><input type="checkbox" checked=${chosen.includes(role.name)} onChange=${() => toggle(role.name)} />
      <span><b>${label('role', role.name)}</b><small>${label('roleText', role.name)}</small></span></label>`)}</div>
    ${form.errors.roles && html`<p class="error">${form.errors.roles}</p>`}</fieldset>`;
}

function Password({ form, editing }) {
  const draw = () => form.set('password', invent());
  return html`<${Field} form=${form} name="password" label=${t(editing ? 'users.reset' : 'field.password')} dir="ltr" wide autocomplete="off" optional=${editing} hint=${t('users.passwordHint')}
    extra=${html`<button type="button" class="link" onClick=${draw}>${t('users.invent')}</button>`} />`;
}

const valuesOf = user => (user
  ? { full_name: user.full_name || '', email: user.email, phone: user.phone || '', roles: user.roles.map(role => role.name), password: '', is_active: user.is_active }
  : { full_name: '', email: '', phone: '', roles: ['agent'], password: invent() });

// UserForm creates a user with a first password, or changes one. A password is never in a draft.
export function UserForm({ user, step }) {
  const form = useRecordForm({ kind: 'users', record: user, read: valuesOf, secret: ['password'], said: t(user ? 'users.saved' : 'users.created'), done: step.close });
  const self = user?.id === me.get().id;
  return html`<${FormDialog} ...${{ form, step }} title=${t(user ? 'users.edit' : 'users.new')}>
    <${Field} form=${form} name="full_name" label=${t('field.full_name')} wide autofocus=${!user} autocomplete="off" />
    <${Field} form=${form} name="email" type="email" label=${t('field.email')} dir="ltr" autocomplete="off" />
    <${Field} form=${form} name="phone" type="tel" label=${t('field.phone')} dir="ltr" autocomplete="off" optional />
    <${Roles} form=${form} />
    ${!self && html`<${Password} form=${form} editing=${Boolean(user)} />`}
    ${user && !self && html`<div class="wide"><${Check} form=${form} name="is_active" label=${t('users.isActive')} /></div>`}
  <//>`;
}
