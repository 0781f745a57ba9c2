// The data of pages. It is read from the API, shown from the cache while it is read again, and read again after each change.
import { get, query } from './api.js';
import { backOff } from './backoff.js';
import { onChange, stream } from './events.js';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from './html.js';
import { useObservable } from './observable.js';
import { now } from './office.js';
import { replaceQuery, route } from './router.js';

const pageSize = 20;

const cache = new Map(); // path → its last answer and the time of it, so that Back shows a page at once
const cacheSize = 1000;

function remember(path, data) {
  keep(path, data);
  for (const one of [...(data.items ?? []), ...(data.customers ?? [])]) {
    if (one.loyalty_status) keep('/customers/' + one.id, one); // a list has whole customers
  }
}

function keep(path, data) {
  cache.delete(path);
  cache.set(path, { data, of: path, at: now() });
  if (cache.size > cacheSize) cache.delete(cache.keys().next().value);
}

export const forgetAll = () => cache.clear();

// useRecovery calls act again while there is an error that may pass: with growing pauses, and at once when the stream of events is
// live again.
export function useRecovery(error, act) {
  const failures = useRef(0);
  useEffect(() => {
    if (!error?.passing) {
      failures.current = 0;
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const again = () => signal.aborted || act();
    backOff(++failures.current, signal).then(again);
    const stop = stream.subscribe(state => state === 'live' && again());
    return () => {
      stop();
      controller.abort();
    };
  }, [error]);
}

const nothing = { data: undefined, of: '', at: 0 };

// useData reads a path; an empty path reads nothing. concerns says which changes make it read again: a list of kinds, or a function
// that reports whether a change does. With keep, the answer for the previous path stays until the new one arrives; current reports
// whether it has arrived. If the API cannot be read for a while, the last answer stays, with an error and its time in at.
export function useData(path, concerns = [], { keep = true } = {}) {
  const [state, setState] = useState(() => ({ path, ...(cache.get(path) ?? nothing), error: null, loading: Boolean(path) }));
  const running = useRef(null);
  const load = useCallback(async () => {
    running.current?.abort();
    if (!path) return;
    const controller = running.current = new AbortController();
    try {
      const data = await get(path, controller.signal);
      if (controller.signal.aborted) return;
      remember(path, data);
      setState({ path, ...cache.get(path), error: null, loading: false });
    } catch (error) {
      if (error.name === 'AbortError' || controller.signal.aborted) return;
      setState(s => ({ path, ...(error.passing && (s.of === path ? pick(s) : cache.get(path)) || nothing), error, loading: false }));
    }
  }, [path]);

  useLayoutEffect(() => {
    setState(s => ({ path, ...(cache.get(path) ?? (keep ? pick(s) : nothing)), error: null, loading: Boolean(path) }));
    load();
    return () => running.current?.abort();
  }, [path]);
  useChanges(concerns, load);
  useRecovery(state.error, load);

  const mutate = useCallback(change => setState(s => ({ ...s, data: change(s.data) })), []);
  const current = state.path === path || keep ? state : { ...state, ...(cache.get(path) ?? nothing), loading: true };
  return { ...current, current: state.path === path && !state.loading, reload: load, mutate };
}

const pick = ({ data, of, at }) => ({ data, of, at });

// together combines several results of useData. Its data is the list of their data, once all have arrived; at is the oldest of their
// times.
export const together = answers => ({
  data: answers.every(one => one.data || !one.path) ? answers.map(one => one.data) : undefined,
  error: answers.find(one => one.error)?.error, at: Math.min(...answers.map(one => one.at)), reload: () => answers.forEach(one => one.reload()),
});

// useList reads the page of a list that the address names. The page has the same size on every screen, so that an address shows the
// same rows to everybody. If the page is past the end, as in an old address, the last page replaces it.
export function useList(path, filters, concerns) {
  const { query: params } = useObservable(route);
  const list = useData(path + query({ ...filters, page: params.get('page'), size: pageSize }), concerns);
  const { page, pages } = list.data ?? {};
  const past = pages > 0 && page > pages;
  useEffect(() => {
    if (past && list.current) replaceQuery({ page: pages > 1 ? pages : '' });
  }, [past, list.current]);
  return past ? { ...list, data: undefined } : list;
}

// useChanges calls act after each change that concerns it: at once if this page made the change, else about once a second.
function useChanges(concerns, act) {
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

const requests = new Map(); // of customers: id → promise

// useCustomer returns a customer by id: undefined until it is read, null if there is none. All rows of a list share one request.
export function useCustomer(id) {
  const path = id && `/customers/${id}`;
  const [state, setState] = useState({ id });
  const read = fresh => {
    if (!id) return;
    if (cache.has(path) && !fresh) return setState({ id, customer: cache.get(path).data });
    const settle = change => setState(s => (s.id === id ? { ...s, ...change } : s));
    if (!requests.has(id)) requests.set(id, get(path).finally(() => requests.delete(id)));
    requests.get(id).then(customer => { remember(path, customer); settle({ customer, error: null }); }, error => settle(error.passing ? { error } : { customer: null, error }));
  };
  useLayoutEffect(() => {
    setState({ id });
    read(false);
  }, [id]);
  useChanges(change => change.kind === 'customer' && (change.local || change.id === id), () => read(true));
  useRecovery(state.error, () => read(true));
  const found = state.id === id ? state.customer : undefined;
  if (!id) return null;
  return found === undefined ? cache.get(path)?.data : found;
}
