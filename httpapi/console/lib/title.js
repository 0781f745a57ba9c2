import { useLayoutEffect } from './html.js';

const names = []; // of the page, and of the record that it shows

// useTitle names the browser's tab after a page or, with level 1, after the record that is open on it, for as long as it is shown.
export function useTitle(name, level = 0) {
  useLayoutEffect(() => {
    const say = value => {
      names[level] = value;
      document.title = [names[1] || names[0], 'crm'].filter(Boolean).join(' · ');
    };
    say(name);
    return () => say('');
  }, [name]);
}
