// The tokens of the sign-in, and their renewal.
import { observable } from './observable.js';
import { Problem } from './problem.js';
import { forget, load, save } from './storage.js';

// base is the path of the API.
export const base = '/api/v1';

// access is 'in', 'out', or 'expired' while requests wait until the user signs in again.
export const access = observable(load('tokens') ? 'in' : 'out');

export const tokens = () => load('tokens');

// saveTokens stores the tokens of a sign-in: in the browser with forGood, else in this tab.
export function saveTokens(answer, forGood) {
  save('tokens', { access: answer.access_token, refresh: answer.refresh_token, forGood }, forGood);
  access.set('in');
}

export function dropTokens() {
  forget('tokens');
  access.set('out');
}

let renewing = null;

// renew gets a new access token, once for all requests that ask at the same time.
export function renew() {
  renewing ??= renewOnce().finally(() => { renewing = null; });
  return renewing;
}

async function renewOnce() {
  const old = tokens();
  const response = await fetch(base + '/auth/refresh', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ refresh_token: old?.refresh ?? '' }),
  }).catch(() => { throw new Problem(0); });
  if (response.ok) {
    save('tokens', { ...old, access: (await response.json()).access_token }, old.forGood);
    return;
  }
  if (response.status >= 500) throw new Problem(response.status);
  access.set('expired');
  await signedInAgain();
}

// signedInAgain waits until access is no longer 'expired'.
function signedInAgain() {
  return new Promise(resolve => {
    const stop = access.subscribe(now => {
      if (now === 'expired') return;
      stop();
      resolve();
    });
  });
}
