// The address names the page: #/customers?query=… . Whoever opens the address sees the same page.
import { observable } from './observable.js';

function read() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) };
}

export const route = observable(read());

// lists has the last address of each page without an id: the way back from a record leads there.
const lists = new Map();

// A step is something that is open over a page, such as a form. It has its own entry in the browser's history: Back closes it, and it
// is open again after a reload. The state of the entry has its user (owner) and the open steps (name → value).
export const steps = observable({});
const guards = new Map(); // name → function that is called before Back closes the step; it returns false to keep the step open
let owner = '';
let shown = location.hash;
let leaving = null; // while the browser goes back: the functions to call once it has

const mine = () => (history.state?.owner === owner && history.state.steps) || {};

// claim sets who is signed in. Steps of another user are closed.
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

// turn shows the page that the address names.
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

// afterLeaving calls act now or, while the browser is going back, once it has.
function afterLeaving(act) {
  if (leaving) leaving.push(act);
  else act();
}

// go opens a page. If a step is open, the page replaces its history entry, as the page of a new record replaces the form that created
// it.
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

// replaceQuery changes the parameters of the address without a new history entry.
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
