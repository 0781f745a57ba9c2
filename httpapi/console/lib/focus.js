// The focus never falls to the page as a whole, where the keyboard has lost its place: when what had it goes away, the next row's
// control has it, or the heading above.

const controls = 'a[href], button, input, select, textarea, summary, [tabindex]';
const headings = 'h1, h2, h3';

let place = null;   // of what had the focus last: {node, chain}, with what it is in; null when somebody pressed beside everything
let waiting = null; // what has the focus until something better is there: {instead, for}, for is a control, or null for a heading

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

// twin is the control of another row that is like a control of this one.
function twin(row, node) {
  if (!row) return null;
  const like = node.localName + (node.classList[0] ? '.' + node.classList[0] : '');
  return row.matches(like) ? row : firstUsable(row, like) ?? (row.matches(controls) ? row : firstUsable(row, controls));
}

// beside are the rows after and before one that was removed, as the records of mutations know them.
function beside(gone, records) {
  const neighbour = way => {
    let at = gone;
    while (at && !at.isConnected) at = records.find(record => [...record.removedNodes].includes(at))?.[way];
    while (at && at.nodeType !== Node.ELEMENT_NODE) at = at[way];
    return at;
  };
  return ['nextSibling', 'previousSibling'].map(neighbour);
}

// heirs are who may have the focus instead of a control that is gone, best first.
function* heirs({ node, chain }, records) {
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

// stand gives the focus to something that is there for now.
function stand(wanted) {
  const instead = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('.scroll');
  if (give(instead)) waiting = { instead, for: wanted };
}

function lost() {
  const now = document.activeElement;
  return !now || now === document.body || now.matches(':disabled');
}

// rescue runs after each change of the page.
function rescue(records) {
  if (waiting && document.activeElement === waiting.instead) {
    const better = waiting.for ?? firstUsable(waiting.instead, headings);
    if (usable(better)) give(better);
    return;
  }
  if (!place || !lost() || give(place.node)) return;
  if (place.node.isConnected) { // busy, or at the last page
    const nav = place.node.closest('nav');
    if (!nav || !give(firstUsable(nav, controls))) stand(place.node);
    return;
  }
  for (const heir of heirs(place, records)) if (give(heir)) return;
  stand(null);
}

addEventListener('focusin', ({ target }) => {
  if (waiting?.instead === target) return;
  waiting = null;
  place = placeOf(target);
});
addEventListener('pointerdown', ({ target }) => { place = placeOf(target.closest?.(controls)); }, true); // not every browser focuses a button that is pressed
new MutationObserver(rescue).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });

// arrive gives the focus to the heading of a page that has just been opened, as soon as it has one.
export function arrive(main) {
  if (!give(firstUsable(main, headings))) stand(null);
}

// bookmark keeps the place of the focus, for when a dialog closes.
export function bookmark() {
  const kept = placeOf(document.activeElement) ?? place;
  return () => {
    place = kept;
    if (kept) give(kept.node);
  };
}

// enter gives the focus to the first field of a dialog, or to its first button, which leaves things as they are.
export function enter(dialog) {
  const field = ':is(input, select, textarea):not([readonly])';
  give(firstUsable(dialog, '[autofocus]') ?? firstUsable(dialog, `.dialog-body ${field}`) ?? firstUsable(dialog, 'footer button'));
}
