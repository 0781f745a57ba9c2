// The page is in the address: #/customers?query=… . Whoever sends the address sends the page.
import { observable } from './observable.js';

function read() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) };
}

export const route = observable(read());
addEventListener('hashchange', () => route.set(read()));

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
  route.set(read());
}
