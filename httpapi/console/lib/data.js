// What a page shows: read from the API, kept while it is read again, and read again when somebody changes it.
import { get, query } from './api.js';
import { backOff } from './backoff.js';
import { onChange, stream } from './events.js';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from './html.js';
import { useObservable } from './observable.js';
import { now } from './office.js';
import { replaceQuery, route } from './router.js';

const pageSize = 20;

const seen = new Map(); // path → its last answer, and when that was: going back shows at once what was there
const mostSeen = 1000;

function remember(path, data) {
  keep(path, data);
  for (const one of [...(data.items ?? []), ...(data.customers ?? [])]) {
    if (one.loyalty_status) keep('/customers/' + one.id, one); // a list knows its customers
  }
}

function keep(path, data) {
  seen.delete(path);
  seen.set(path, { data, of: path, at: now() });
  if (seen.size > mostSeen) seen.delete(seen.keys().next().value);
}

export const forgetAll = () => seen.clear();

// useRecovery calls act again, after longer and longer, for as long as there is an error that may pass, and at once when the
// stream of events says that the service is back.
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

// useData reads a path, or nothing when it is empty. concerns says which changes make it read again: a list of kinds, or a
// function of the change. With keep, the old answer stays until the one of another path is there; current says that it is.
// An answer also stays when it cannot be read again for a while: then there is an error too, and at says how old it is.
export function useData(path, concerns = [], { keep = true } = {}) {
  const [state, setState] = useState(() => ({ path, ...(seen.get(path) ?? nothing), error: null, loading: Boolean(path) }));
  const running = useRef(null);
  const load = useCallback(async () => {
    running.current?.abort();
    if (!path) return;
    const controller = running.current = new AbortController();
    try {
      const data = await get(path, controller.signal);
      if (controller.signal.aborted) return;
      remember(path, data);
      setState({ path, ...seen.get(path), error: null, loading: false });
    } catch (error) {
      if (error.name === 'AbortError' || controller.signal.aborted) return;
      setState(s => ({ path, ...(error.passing && (s.of === path ? pick(s) : seen.get(path)) || nothing), error, loading: false }));
    }
  }, [path]);

  useLayoutEffect(() => {
    setState(s => ({ path, ...(seen.get(path) ?? (keep ? pick(s) : nothing)), error: null, loading: Boolean(path) }));
    load();
    return () => running.current?.abort();
  }, [path]);
  useChanges(concerns, load);
  useRecovery(state.error, load);

  const mutate = useCallback(change => setState(s => ({ ...s, data: change(s.data) })), []);
  const current = state.path === path || keep ? state : { ...state, ...(seen.get(path) ?? nothing), loading: true };
  return { ...current, current: state.path === path && !state.loading, reload: load, mutate };
}

const pick = ({ data, of, at }) => ({ data, of, at });

// together is several answers as one, whose data is a list: there when all of them are, and as old as the oldest.
export const together = answers => ({
  data: answers.every(one => one.data || !one.path) ? answers.map(one => one.data) : undefined,
  error: answers.find(one => one.error)?.error, at: Math.min(...answers.map(one => one.at)), reload: () => answers.forEach(one => one.reload()),
});

// useList is the page of a list that the address asks for. Its size is the same on every screen, so that whoever is sent the
// address sees the same rows. A page past the end, of an old address say, gives way to the last one.
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

// useChanges calls act after a change that concerns it: at once after one of this page, else soon, about once a second.
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

const waiting = new Map(); // id → promise

// useCustomer is a customer by id, undefined until known, null when there is none. Rows of a list share what was read.
export function useCustomer(id) {
  const path = id && `/customers/${id}`;
  const [state, setState] = useState({ id });
  const read = fresh => {
    if (!id) return;
    if (seen.has(path) && !fresh) return setState({ id, customer: seen.get(path).data });
    const settle = change => setState(s => (s.id === id ? { ...s, ...change } : s));
    if (!waiting.has(id)) waiting.set(id, get(path).finally(() => waiting.delete(id)));
    waiting.get(id).then(customer => { remember(path, customer); settle({ customer, error: null }); }, error => settle(error.passing ? { error } : { customer: null, error }));
  };
  useLayoutEffect(() => {
    setState({ id });
    read(false);
  }, [id]);
  useChanges(change => change.kind === 'customer' && (change.local || change.id === id), () => read(true));
  useRecovery(state.error, () => read(true));
  const found = state.id === id ? state.customer : undefined;
  if (!id) return null;
  return found === undefined ? seen.get(path)?.data : found;
}
