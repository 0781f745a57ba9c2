import { useEffect } from './html.js';

// useTitle names the browser's tab after what is shown, once that is known.
export function useTitle(name) {
  useEffect(() => { if (name) document.title = `${name} · crm`; }, [name]);
}
