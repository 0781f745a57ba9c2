// Short messages at the lower edge, some with an undo.
import { explain } from '../lib/explain.js';
import { html, useLayoutEffect, useRef } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { observable, useObservable } from '../lib/observable.js';
import { Icon } from './icons.js';

const toasts = observable([]);
let next = 1;

// toast shows a message for a few seconds, with a button that calls undo, if given.
export function toast(text, { undo, long, kind = 'done' } = {}) {
  const id = next++;
  toasts.set(list => [...list.slice(-2), { id, text, undo, kind }]);
  setTimeout(() => dismiss(id), undo || long || kind === 'failed' ? 8000 : 4000);
}

export const failed = problem => toast(explain(problem), { kind: 'failed' });

const dismiss = id => toasts.set(list => list.filter(one => one.id !== id));

function Toast({ id, text, undo, kind }) {
  return html`<div class="toast ${kind}">
    <${Icon} name=${kind === 'failed' ? 'alert' : 'check'} />
    <span>${text}</span>
    ${undo && html`<button class="link" onClick=${() => { dismiss(id); undo(); }}>${t('action.undo')}</button>`}
    <button class="icon-button small" aria-label=${t('action.dismiss')} onClick=${() => dismiss(id)}><${Icon} name="close" size=${16} /></button>
  </div>`;
}

// Toasts is a popover, so that it stands above dialogs. Showing it again puts it above those that opened since.
export function Toasts() {
  const list = useObservable(toasts);
  const box = useRef();
  useLayoutEffect(() => {
    box.current.hidePopover?.();
    if (list.length) box.current.showPopover?.();
  }, [list]);
  return html`<p class="hidden" role="status">${list.at(-1)?.text}</p><div class="toasts" ref=${box} popover="manual">
    ${list.map(one => html`<${Toast} key=${one.id} ...${one} />`)}
  </div>`;
}
