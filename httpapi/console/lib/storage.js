// The browser's storage. A browser may be set to store nothing: the console works then too, and forgets when it is closed.
const memory = new Map();

function attempt(act, otherwise) {
  try { return act(); } catch { return otherwise(); }
}

export function load(name) {
  return attempt(() => JSON.parse(sessionStorage.getItem('crm.' + name) ?? localStorage.getItem('crm.' + name)),
    () => memory.get(name) ?? null);
}

// save stores a value: in the browser with forGood, else in this tab until it is closed. It replaces the value in one step, because
// other tabs are told of each change.
export function save(name, value, forGood = true) {
  memory.set(name, value);
  attempt(() => {
    if (forGood) sessionStorage.removeItem('crm.' + name);
    (forGood ? localStorage : sessionStorage).setItem('crm.' + name, JSON.stringify(value));
  }, () => {});
}

export function forget(name) {
  memory.delete(name);
  attempt(() => { sessionStorage.removeItem('crm.' + name); localStorage.removeItem('crm.' + name); }, () => {});
}

// names returns the names of the values that begin with a prefix.
export function names(prefix) {
  const stored = () => [sessionStorage, localStorage].flatMap(Object.keys).filter(key => key.startsWith('crm.')).map(key => key.slice(4));
  return [...new Set(attempt(stored, () => [...memory.keys()]))].filter(name => name.startsWith(prefix));
}

// setting stores plain text, because boot.js reads it.
export function setting(name, value) {
  attempt(() => (value ? localStorage.setItem('crm.' + name, value) : localStorage.removeItem('crm.' + name)), () => {});
}
