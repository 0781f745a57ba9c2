// The page is in the address: #/customers?query=… . Whoever sends the address sends the page.
import { observable } from './observable.js';

function read() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) };
}

export const route = observable(read());

// lists are the last addresses of pages without an id: where the way back from one record leads.
const lists = new Map();

// What is open over a page, such as a form, is a step of its own in the browser's history: Back closes it, and it is open again
// after a reload. The entry's state has whose it is, and the open steps: name → value.
export const steps = observable({});
const guards = new Map(); // name → asked before Back closes the step; true lets it close
let owner = '';
let shown = location.hash;
let leaving = null; // while the browser goes back: what is to be done when it has arrived

const mine = () => (history.state?.owner === owner && history.state.steps) || {};

// claim says who is signed in; what was open for somebody else is not for them.
export function claim(user) {
  owner = user;
  if (history.state && history.state.owner !== owner) history.replaceState(null, '');
  steps.set(mine());
}

function arrive() {
  const wanted = leaving;
  leaving = null;
  const [before, next] = [steps.get(), mine()];
  if (location.hash === shown && Object.keys(before).some(name => !(name in next) && guards.get(name)?.() === false)) {
    history.pushState({ owner, steps: before }, '');
    return;
  }
  steps.set(next);
  if (location.hash !== shown) turn();
  wanted?.forEach(act => act());
}

// turn shows the page of the address.
function turn() {
  shown = location.hash;
  const now = read();
  if (now.path.length === 1) lists.set(now.path[0], location.hash);
  route.set(now);
}
addEventListener('popstate', arrive);
addEventListener('hashchange', arrive);
turn();

export const listAddress = name => lists.get(name) ?? '#/' + name;

// afterLeaving is act now, or when the browser has gone back: it does so in its own time.
function afterLeaving(act) {
  if (leaving) leaving.push(act);
  else act();
}

// go opens a page. One that follows a step, such as a record after the form that made it, takes its place.
export function go(to) {
  afterLeaving(() => {
    if (history.state) location.replace('#' + to);
    else location.hash = to;
  });
}

export function openStep(name, value) {
  afterLeaving(() => {
    history.pushState({ owner, steps: { ...steps.get(), [name]: value } }, '');
    steps.set(mine());
  });
}

export function closeStep(name) {
  if (!(name in steps.get())) return;
  const { [name]: _, ...rest } = steps.get();
  steps.set(rest);
  leaving = [];
  history.back();
}

export function guardStep(name, ask) {
  guards.set(name, ask);
  return () => guards.delete(name);
}

// replaceQuery changes the parameters of this page, without a step in the browser's history.
export function replaceQuery(change) {
  const { path, query } = route.get();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) {
    next.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') next.append(name, one);
    }
  }
  const text = next.toString();
  history.replaceState(history.state, '', '#/' + path.map(encodeURIComponent).join('/') + (text && '?' + text));
  turn();
}
