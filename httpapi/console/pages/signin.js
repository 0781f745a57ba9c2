import { explain } from '../lib/explain.js';
import { html } from '../lib/html.js';
import { choose, language, languages, t } from '../lib/i18n.js';
import { useObservable } from '../lib/observable.js';
import { me, signIn, signOut } from '../lib/session.js';
import { useTitle } from '../lib/title.js';
import { Dialog } from '../ui/dialog.js';
import { Check, Field } from '../ui/field.js';
import { useForm } from '../ui/form.js';
import { Icon } from '../ui/icons.js';
import { Logo } from '../ui/logo.js';
import { PasswordFields, sendPassword } from './password.js';

function Gate({ title, text, children }) {
  const now = useObservable(language);
  useTitle(title);
  return html`<main class="gate"><div class="gate-card">
    <div class="brand"><${Logo} /><h1>${title}</h1></div>
    ${text && html`<p class="muted">${text}</p>`}
    ${children}
    <div class="languages">${Object.entries(languages).map(([code, name]) => html`<button key=${code} type="button" lang=${code} aria-pressed=${code === now} onClick=${() => choose(code)}>${name}</button>`)}</div>
  </div></main>`;
}

function Fields({ form, fixed }) {
  return html`
    ${form.problem && form.problem.errors.length === 0 && html`<p class="alert wide" role="alert"><${Icon} name="alert" />${explain(form.problem)}</p>`}
    <${Field} form=${form} name="email" type="email" label=${t('field.email')} wide autocomplete="username" autofocus=${!fixed} readonly=${fixed} required dir="ltr" />
    <${Field} form=${form} name="password" type="password" label=${t('field.password')} wide autocomplete="current-password" autofocus=${fixed} required dir="ltr" />`;
}

// useSignIn is the form of both sign-ins. It shows errors itself, not as messages.
function useSignIn(email, done) {
  return useForm({ email, password: '', forGood: true }, async ({ email, password, forGood }) => {
    await signIn(email.trim(), password, forGood);
    done?.();
  }, { quiet: true });
}

export function SignIn() {
  const form = useSignIn('');
  return html`<${Gate} title=${t('signin.title')}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <${Fields} form=${form} />
      <${Check} form=${form} name="forGood" label=${t('signin.stay')} />
      <button class="button primary wide" disabled=${form.busy}>${t('signin.action')}</button>
    </form>
  <//>`;
}

// SignInAgain stands over the page when the session has expired, so that nothing that was typed is lost.
export function SignInAgain() {
  const form = useSignIn(me.get().email);
  return html`<${Dialog} title=${t('signin.again')}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <div class="dialog-body form"><p class="wide muted">${t('signin.againText')}</p><${Fields} form=${form} fixed /></div>
      <footer><button class="button" type="button" onClick=${signOut}>${t('signin.leave')}</button>
        <button class="button primary" disabled=${form.busy}>${t('signin.action')}</button></footer>
    </form>
  <//>`;
}

// ChoosePassword is the first page of a user whose password was set by somebody else.
export function ChoosePassword() {
  const form = useForm({ current_password: '', new_password: '', again: '' }, sendPassword, { quiet: true });
  return html`<${Gate} title=${t('password.choose')} text=${t('password.chooseText')}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <${PasswordFields} form=${form} />
      <button class="button primary wide" disabled=${form.busy}>${t('password.save')}</button>
      <button class="link" type="button" onClick=${signOut}>${t('signin.leave')}</button>
    </form>
  <//>`;
}
