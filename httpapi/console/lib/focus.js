// The keyboard focus is never lost. When the element with the focus disappears, the focus goes to the same control of the next row,
// or else to the heading above. Browsers would put it on the body, and a keyboard user would have to start from the top.

const controls = 'a[href], button, input, select, textarea, summary, [tabindex]';
const headings = 'h1, h2, h3';

let place = null;   // the element that had the focus last, and its ancestors: {node, chain}; null after a click outside all controls
let waiting = null; // while a substitute has the focus: {instead, for}; for is the control that should have it, null for a heading

const placeOf = node => {
  const chain = [];
  for (let at = node; at && at !== document.body; at = at.parentElement) chain.push(at);
  return chain.length > 0 ? { node, chain } : null;
};

const usable = node => node?.isConnected && !node.matches(':disabled') && node.checkVisibility();
const firstUsable = (root, selector) => [...root.querySelectorAll(selector)].find(usable);

function give(node) {
  if (!usable(node)) return false;
  if (!node.matches(controls)) node.tabIndex = -1;
  node.focus({ preventScroll: node.matches('h1, .scroll') });
  return document.activeElement === node;
}

// twin returns the control of another row that corresponds to node.
function twin(row, node) {
  if (!row) return null;
  const like = node.localName + (node.classList[0] ? '.' + node.classList[0] : '');
  return row.matches(like) ? row : firstUsable(row, like) ?? (row.matches(controls) ? row : firstUsable(row, controls));
}

// beside returns the elements after and before one that was removed, according to the mutation records.
function beside(gone, records) {
  const neighbour = way => {
    let at = gone;
    while (at && !at.isConnected) at = records.find(record => [...record.removedNodes].includes(at))?.[way];
    while (at && at.nodeType !== Node.ELEMENT_NODE) at = at[way];
    return at;
  };
  return ['nextSibling', 'previousSibling'].map(neighbour);
}

// candidates yields what may get the focus instead of an element that is gone, best first.
function* candidates({ node, chain }, records) {
  const home = chain.findIndex(one => one.isConnected);
  if (home > 0) for (const row of beside(chain[home - 1], records)) yield twin(row, node);
  for (let at = chain[home]; at; at = at.parentElement) {
    if (at.matches('li, tr, nav, .popup-root')) yield firstUsable(at, controls);
    if (at.matches('[role=tabpanel]')) yield at;
    yield firstUsable(at, '[autofocus]');
    yield firstUsable(at, headings);
    if (at.matches('dialog, .scroll')) return;
  }
}

// stand gives the focus to the dialog or the page until the wanted control can have it.
function stand(wanted) {
  const instead = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('.scroll');
  if (give(instead)) waiting = { instead, for: wanted };
}

function lost() {
  const now = document.activeElement;
  return !now || now === document.body || now.matches(':disabled');
}

// rescue runs after each mutation of the page.
function rescue(records) {
  if (waiting && document.activeElement === waiting.instead) {
    const better = waiting.for ?? firstUsable(waiting.instead, headings);
    if (usable(better)) give(better);
    return;
  }
  if (!place || !lost() || give(place.node)) return;
  if (place.node.isConnected) { // it is disabled: busy, or the last page is reached
    const nav = place.node.closest('nav');
    if (!nav || !give(firstUsable(nav, controls))) stand(place.node);
    return;
  }
  for (const candidate of candidates(place, records)) if (give(candidate)) return;
  stand(null);
}

addEventListener('focusin', ({ target }) => {
  if (waiting?.instead === target) return;
  waiting = null;
  place = placeOf(target);
});
addEventListener('pointerdown', ({ target }) => { place = placeOf(target.closest?.(controls)); }, true); // not every browser focuses a button on a click
new MutationObserver(rescue).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });

// arrive gives the focus to the heading of a page that was opened, as soon as there is one.
export function arrive(main) {
  if (!give(firstUsable(main, headings))) stand(null);
}

// bookmark stores where the focus is, and returns a function that puts it there again when a dialog closes.
export function bookmark() {
  const kept = placeOf(document.activeElement) ?? place;
  return () => {
    place = kept;
    if (kept) give(kept.node);
  };
}

// enter gives the focus to the first field of a dialog, or else to its first button, which is Cancel.
export function enter(dialog) {
  const field = ':is(input, select, textarea):not([readonly])';
  give(firstUsable(dialog, '[autofocus]') ?? firstUsable(dialog, `.dialog-body ${field}`) ?? firstUsable(dialog, 'footer button'));
}
