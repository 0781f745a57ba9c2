import { bookmark, enter } from '../lib/focus.js';
import { html, useEffect, useId, useRef } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';

// Dialog is a modal dialog. The focus starts in its first field and goes back to where it was when it closes. variant is 'drawer' (at
// the edge) or 'modal' (in the middle). guard, if given, is called before it closes, and returns false to prevent that. Without
// onClose it cannot be closed.
export function Dialog({ title, variant = 'modal', onClose, guard, children }) {
  const dialog = useRef();
  const heading = useId();
  const close = event => {
    event?.preventDefault();
    if (onClose && (!guard || guard())) onClose();
  };
  // A browser closes a dialog without a cancel event when Escape is pressed twice.
  const closed = () => {
    if (!dialog.current) return;
    if (onClose && (!guard || guard())) onClose();
    else dialog.current.showModal();
  };
  useEffect(() => {
    const back = bookmark();
    dialog.current.showModal();
    enter(dialog.current);
    return back;
  }, []);
  // A click on the backdrop closes the dialog; a selection that is dragged out of a field does not.
  const pressed = useRef(false);
  return html`<dialog ref=${dialog} class=${variant} aria-labelledby=${heading} onCancel=${close} onClose=${closed}
      onMouseDown=${event => { pressed.current = event.target === dialog.current; }}
      onClick=${event => { if (pressed.current && event.target === dialog.current) close(event); }}>
    <div class="dialog-frame">
      <header><h2 id=${heading}>${title}</h2>
        ${onClose && html`<button class="icon-button" type="button" aria-label=${t('action.close')} onClick=${close}><${Icon} name="close" /></button>`}
      </header>
      ${children}
    </div>
  </dialog>`;
}

// Confirm asks before an action that cannot be undone.
export function Confirm({ title, text, action, onConfirm, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="dialog-body"><p>${text}</p></div>
    <footer>
      <button class="button" type="button" onClick=${onClose}>${t('action.cancel')}</button>
      <button class="button danger" type="button" onClick=${() => { onClose(); onConfirm(); }}>${action}</button>
    </footer>
  <//>`;
}
