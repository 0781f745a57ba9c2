import { useLayoutEffect, useState } from './html.js';

// An observable is one value that components can follow.
export function observable(value) {
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      value = typeof next === 'function' ? next(value) : next;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// useObservable is the value now; the component renders again when it changes.
export function useObservable(source) {
  const [, render] = useState(0);
  useLayoutEffect(() => source.subscribe(() => render(n => n + 1)), [source]);
  return source.get();
}
