const gap = 4;  // between a button and what it opens
const edge = 8; // kept free at the edges of the window

// place puts a popup below its button, or above where that has more room, and inside the window at both sides.
export function place(popup, button) {
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

// keepInPlace shows a popup above everything else, dialogs too, and moves it with its button. It returns what ends that.
export function keepInPlace(popup, button) {
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
