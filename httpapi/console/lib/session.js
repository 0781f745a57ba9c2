// Who is signed in, and what they may do.
import { call, forbidden, get, post } from './api.js';
import { forgetAll } from './data.js';
import { anyDrafts, claimDrafts, dropDrafts } from './drafts.js';
import { everything, onChange } from './events.js';
import { t } from './i18n.js';
import { observable } from './observable.js';
import { setOffice } from './office.js';
import { claim } from './router.js';
import { access, dropTokens, saveTokens, tokens } from './tokens.js';

// me is the user with their permissions, null until they are read.
export const me = observable(null);

// loadOffice reads the offsets of the office's clocks.
export const loadOffice = () => get('/').then(setOffice);

// loadMe reads the user of the tokens, and the office.
export async function loadMe() {
  try {
    const [user] = await Promise.all([get('/auth/me'), loadOffice()]);
    claim(user.id);
    claimDrafts(user.id);
    me.set(user);
  } catch (problem) {
    if (problem.status !== 404 && problem.status !== 401) throw problem;
    dropTokens();
  }
}

let newest = 0;

// askAgain reads the user's permissions again. A changed role takes effect at once, also on the open page.
async function askAgain() {
  const turn = ++newest;
  const user = await get('/auth/me').catch(() => null);
  const before = me.get();
  if (!user || turn !== newest || user.id !== before?.id) return;
  me.set(user);
  if (String(user.permissions) !== String(before.permissions)) everything();
}
forbidden.tell = askAgain;
onChange(change => {
  const own = change === null || change.kind === 'user' && (change.local || change.id === me.get()?.id);
  if (own && me.get()) askAgain();
});

// signIn stores the tokens. Requests that waited for them continue.
export async function signIn(email, password, forGood) {
  const answer = await call('POST', '/auth/login', { body: { email, password } });
  const before = me.get();
  if (before && before.id !== answer.user.id) { // another user: delete what the last one saw
    forgetAll();
    me.set(null);
  }
  saveTokens(answer, forGood);
}

export async function changePassword(current, chosen) {
  await post('/auth/password', { current_password: current, new_password: chosen });
  await loadMe();
}

export async function signOut() {
  if (anyDrafts() && !confirm(t('signin.leaveDrafts'))) return;
  dropDrafts();
  await post('/auth/logout').catch(() => {});
  leave();
}

// leave deletes what this page knows of its user.
function leave() {
  dropTokens();
  claim('');
  forgetAll();
  me.set(null);
}

// withCustomers is the parameter include of lists. It adds the customers of the rows, if the user may see them.
export const withCustomers = () => (can('crm:read:customers') ? 'customers' : '');

// can reports whether the user has a permission. In a granted permission, * stands for one whole part.
export function can(wanted) {
  const parts = wanted.split(':');
  return (me.get()?.permissions || []).some(granted => {
    const have = granted.split(':');
    return have.length === parts.length && have.every((part, i) => part === '*' || part === parts[i]);
  });
}

// When another tab signs out, this one does too. When another tab signs in again, this one continues.
addEventListener('storage', event => {
  if (event.key !== 'crm.tokens') return;
  if (event.newValue === null && access.get() === 'in' && !tokens()) leave();
  if (event.newValue !== null && access.get() === 'expired') access.set('in');
});
