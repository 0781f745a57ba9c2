import { explain } from '../lib/explain.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Problem } from '../lib/problem.js';
import { changePassword } from '../lib/session.js';
import { Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { useForm } from '../ui/form.js';
import { Icon } from '../ui/icons.js';
import { toast } from '../ui/toast.js';

export async function sendPassword({ current_password, new_password, again }) {
  if (new_password !== again) throw new Problem(422, { errors: [{ loc: ['body', 'again'], type: 'conflict' }] });
  await changePassword(current_password, new_password);
  toast(t('password.changed'));
}

// PasswordFields has the fields of the current password and of a new one.
export function PasswordFields({ form }) {
  const field = (name, label, rest) => html`<${Field} form=${form} name=${name} type="password" label=${label} wide dir="ltr" required ...${rest} />`;
  return html`
    ${form.problem && form.problem.errors.length === 0 && html`<p class="alert wide" role="alert"><${Icon} name="alert" />${explain(form.problem)}</p>`}
    ${field('current_password', t('password.current'), { autocomplete: 'current-password' })}
    ${field('new_password', t('password.new'), { autocomplete: 'new-password', hint: t('password.rule') })}
    ${field('again', t('password.again'), { autocomplete: 'new-password' })}`;
}

export function PasswordDialog({ step }) {
  const form = useForm({ current_password: '', new_password: '', again: '' }, async values => {
    await sendPassword(values);
    step.close();
  }, { quiet: true });
  return html`<${FormDialog} ...${{ form, step }} title=${t('password.change')} variant="modal" action=${t('password.save')}><${PasswordFields} form=${form} /><//>`;
}
