// The arrow keys of lists: from row to row, and from the first row up to the search field.

const links = root => [...root.querySelectorAll('.row-link')];

// moveInRows is the onKeyDown of the element around the rows and the search field.
export function moveInRows(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const root = event.currentTarget;
  const rows = links(root);
  const at = rows.indexOf(document.activeElement);
  const search = root.querySelector('[data-search]');
  const inSearch = document.activeElement === search;
  if (!['ArrowDown', 'ArrowUp'].includes(event.key) || (at < 0 && !inSearch)) return;
  event.preventDefault();
  const next = at + (event.key === 'ArrowDown' ? 1 : -1);
  if (next < 0) search?.focus();
  else rows[next]?.focus();
}
