// What a page shows: read from the API, kept while it is read again, and read again when somebody changes it.
import { get } from './api.js';
import { onChange } from './events.js';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from './html.js';

const seen = new Map(); // path → its last answer: going back shows at once what was there
const mostSeen = 1000;

export function remember(path, data) {
  keep(path, data);
  for (const one of [...(data.items ?? []), ...(data.customers ?? [])]) {
    if (one.loyalty_status) keep('/customers/' + one.id, one); // a list knows its customers
  }
}

function keep(path, data) {
  seen.delete(path);
  seen.set(path, data);
  if (seen.size > mostSeen) seen.delete(seen.keys().next().value);
}

export const forgetAll = () => seen.clear();

// useData reads a path, or nothing when it is empty. concerns says which changes make it read again: a list of kinds, or a
// function of the change. With keep, the old answer stays until the one of another path is there; current says that it is.
export function useData(path, concerns = [], { keep = true } = {}) {
  const [state, setState] = useState(() => ({ path, data: seen.get(path), error: null, loading: Boolean(path) }));
  const running = useRef(null);
  const load = useCallback(async () => {
    running.current?.abort();
    if (!path) return;
    const controller = running.current = new AbortController();
    try {
      const data = await get(path, controller.signal);
      if (controller.signal.aborted) return;
      remember(path, data);
      setState({ path, data, error: null, loading: false });
    } catch (error) {
      if (error.name !== 'AbortError' && !controller.signal.aborted) setState(s => ({ ...s, path, error, loading: false }));
    }
  }, [path]);

  useLayoutEffect(() => {
    setState(s => ({ path, data: seen.get(path) ?? (keep ? s.data : undefined), error: null, loading: Boolean(path) }));
    load();
    return () => running.current?.abort();
  }, [path]);
  useChanges(concerns, load);

  const mutate = useCallback(change => setState(s => ({ ...s, data: change(s.data) })), []);
  const current = state.path === path || keep ? state : { ...state, data: seen.get(path), loading: true };
  return { ...current, current: state.path === path && !state.loading, reload: load, mutate };
}

// useChanges calls act after a change that concerns it: at once after one of this page, else soon, about once a second.
export function useChanges(concerns, act) {
  const latest = useRef();
  latest.current = { concerns, act };
  useEffect(() => {
    let timer;
    let ran = 0;
    const stop = onChange(change => {
      const { concerns } = latest.current;
      const matches = change === null || (typeof concerns === 'function' ? change.local || concerns(change) : concerns.includes(change.kind));
      if (!matches) return;
      const act = () => {
        timer = clearTimeout(timer);
        ran = Date.now();
        latest.current.act();
      };
      if (change?.local) act();
      else timer ??= setTimeout(act, Math.max(150, 1000 - (Date.now() - ran)));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
}

const waiting = new Map(); // id → promise

// useCustomer is a customer by id, undefined until known, null when there is none. Rows of a list share what was read.
export function useCustomer(id) {
  const path = id && `/customers/${id}`;
  const [customer, setCustomer] = useState(() => seen.get(path));
  const fetchIt = fresh => {
    if (!id) return setCustomer(null);
    if (seen.has(path) && !fresh) return setCustomer(seen.get(path));
    if (!waiting.has(id)) waiting.set(id, get(path).finally(() => waiting.delete(id)));
    waiting.get(id).then(data => { remember(path, data); setCustomer(data); }, () => setCustomer(null));
  };
  useLayoutEffect(() => fetchIt(false), [id]);
  if (id && customer === undefined && seen.has(path)) return seen.get(path);
  useChanges(change => change.kind === 'customer' && (change.local || change.id === id), () => fetchIt(true));
  return customer;
}
