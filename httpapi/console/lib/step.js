import { useData } from './data.js';
import { useMemo, useRef } from './html.js';
import { useObservable } from './observable.js';
import { closeStep, guardStep, openStep, steps } from './router.js';

// useStep is a step: something that opens over a page. value is what it was opened with, undefined while it is closed. The browser's
// history stores it, so it must be plain data, and should name a record by its id.
export function useStep(name) {
  const value = useObservable(steps)[name];
  const acts = useMemo(() => ({ open: value => openStep(name, value), close: () => closeStep(name), guard: ask => guardStep(name, ask) }), [name]);
  return { ...acts, value };
}

// useChosen returns the record that a step names: from a page's list or, after a reload, from the API. It stays while the step is
// open, even if it leaves the list.
export function useChosen(kind, items, id) {
  const last = useRef(null);
  const listed = items?.find(one => one.id === id);
  const known = listed ?? (last.current?.id === id ? last.current : null);
  const { data } = useData(id && items && !known ? `/${kind}/${id}` : '', [], { keep: false });
  last.current = known ?? (data?.id === id ? data : null);
  return id ? last.current : null;
}
