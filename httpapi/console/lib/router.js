// The page is in the address: #/customers?query=… . Whoever sends the address sends the page.
import { observable } from './observable.js';

function read() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) };
}

export const route = observable(read());

// lists are the last addresses of pages without an id: where the way back from one record leads.
const lists = new Map();

function arrive() {
  const now = read();
  if (now.path.length === 1) lists.set(now.path[0], location.hash);
  route.set(now);
}
addEventListener('hashchange', arrive);

export const listAddress = name => lists.get(name) ?? '#/' + name;
arrive();

export function go(to) {
  location.hash = to;
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
  history.replaceState(null, '', '#/' + path.map(encodeURIComponent).join('/') + (text && '?' + text));
  arrive();
}
