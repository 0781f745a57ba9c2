import { useLayoutEffect, useState } from './html.js';

// observable returns a value that components can subscribe to.
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

// useObservable returns the value. The component renders again when the value changes.
export function useObservable(source) {
  const [, render] = useState(0);
  useLayoutEffect(() => source.subscribe(() => render(n => n + 1)), [source]);
  return source.get();
}
