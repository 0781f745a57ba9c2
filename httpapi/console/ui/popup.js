import { useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';

const gap = 4;  // between a button and what it opens
const edge = 8; // free space at the edges of the window

// place puts a popup below its button, or above it if there is more room, and inside the window.
function place(popup, button) {
  const at = button.getBoundingClientRect();
  const below = innerHeight - at.bottom - gap - edge;
  const above = at.top - gap - edge;
  const style = popup.style;
  style.maxHeight = '';
  const up = popup.offsetHeight > below && above > below;
  style.maxHeight = `${up ? above : below}px`;
  const start = document.dir === 'rtl' ? at.right - popup.offsetWidth : at.left;
  style.left = `${Math.max(edge, Math.min(start, innerWidth - edge - popup.offsetWidth))}px`;
  const top = up ? at.top - gap - popup.offsetHeight : at.bottom + gap;
  style.top = `${Math.max(edge, Math.min(top, innerHeight - edge - popup.offsetHeight))}px`; // also when its button is scrolled away
}

// keepInPlace shows a popup above everything else, dialogs too, and moves it with its button. It returns a function that ends this.
function keepInPlace(popup, button) {
  const again = () => place(popup, button);
  popup.showPopover?.();
  again();
  const observer = new ResizeObserver(again);
  observer.observe(popup);
  addEventListener('resize', again);
  addEventListener('scroll', again, true);
  return () => {
    observer.disconnect();
    removeEventListener('resize', again);
    removeEventListener('scroll', again, true);
  };
}

// usePopup is the state of a popup at a button. Escape, a click elsewhere and moving the focus out close it. root is the ref of the
// element around both, popup the ref of the popup, which has popover="manual".
export function usePopup() {
  const [open, setOpen] = useState(false);
  const root = useRef();
  const popup = useRef();
  useLayoutEffect(() => {
    if (open) return keepInPlace(popup.current, root.current.querySelector('[aria-expanded]'));
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const away = event => { if (!root.current?.contains(event.target)) setOpen(false); };
    const left = event => { if (!event.target.contains?.(root.current)) away(event); }; // a click in a popup of a dialog focuses the dialog
    const escape = event => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      event.preventDefault();
      setOpen(false);
      root.current?.querySelector('[aria-expanded]')?.focus();
    };
    addEventListener('pointerdown', away);
    addEventListener('focusin', left);
    root.current.addEventListener('keydown', escape);
    const node = root.current;
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('focusin', left);
      node.removeEventListener('keydown', escape);
    };
  }, [open]);
  return { open, setOpen, root, popup };
}
