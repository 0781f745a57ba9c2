import { useRecovery } from './lib/data.js';
import { everything, follow, stream, unfollow } from './lib/events.js';
import { html, render, useEffect, useState } from './lib/html.js';
import { language, speak } from './lib/i18n.js';
import { useObservable } from './lib/observable.js';
import { today } from './lib/office.js';
import { loadMe, loadOffice, me } from './lib/session.js';
import { access } from './lib/tokens.js';
import { Failure } from './ui/placeholders.js';
import { Toasts } from './ui/toast.js';
import { Shell } from './pages/shell.js';
import { ChoosePassword, SignIn, SignInAgain } from './pages/signin.js';

function App() {
  useObservable(language);
  const state = useObservable(access);
  const user = useObservable(me);
  const [problem, setProblem] = useState(null);
  const load = () => loadMe().then(() => setProblem(null), setProblem);
  useEffect(() => {
    if (state === 'in' && !user) load();
    if (state === 'in' && user) follow(user.id, user.seq);
    if (state === 'out') unfollow();
  }, [state, user]);
  useRecovery(problem, load);
  return html`<${Screen} ...${{ state, user, problem, load }} /><${Toasts} />`;
}

function Screen({ state, user, problem, load }) {
  if (state === 'out') return html`<${SignIn} />`;
  if (problem) return html`<div class="gate"><${Failure} problem=${problem} retry=${load} /></div>`;
  if (!user) return state === 'expired' ? html`<${SignIn} />` : null;
  if (user.must_change_password) return html`<${ChoosePassword} />`;
  return html`<${Shell} />${state === 'expired' && html`<${SignInAgain} />`}`;
}

// A new day changes what is due, even on a screen that is never switched off.
today.subscribe(() => {
  everything();
  language.set(language.get());
});

// A service that is back may be a newer version, with other rules for the office's clocks.
let lost = false;
stream.subscribe(state => {
  if (lost && state === 'live') loadOffice().catch(() => {});
  lost = state === 'lost';
});

await speak(document.documentElement.lang);
render(html`<${App} />`, document.getElementById('app'));
