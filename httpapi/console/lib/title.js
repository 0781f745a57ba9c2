import { useLayoutEffect } from './html.js';

const names = []; // of the page, and of its record

// useTitle sets the title of the browser's tab to the name of a page (level 0) or of the record that is open on it (level 1).
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
