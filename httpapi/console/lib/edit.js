// An edit is what a form started from (base), what it has now (values), and the fields that somebody else has changed meanwhile
// to something else (clashes), by whom as far as that is known (by). A clash is what the field had, what each of the two wrote,
// and whose is chosen.

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export const begin = initial => ({ base: initial, values: initial, clashes: {}, by: {} });

// changesOf are the fields that the person changed.
export const changesOf = ({ base, values }) => Object.fromEntries(Object.entries(values).filter(([name, value]) => !same(value, base[name])));

export const undecided = ({ clashes }) => Object.keys(clashes).filter(name => !clashes[name].chosen);

// merge goes on from a newer version of the record: what only one of the two changed stands, and what both changed clashes.
// taken are the fields that are theirs now.
export function merge(edit, theirs, by = {}) {
  const next = { base: theirs, values: { ...theirs }, clashes: {}, taken: [], by };
  const open = undecided(edit);
  for (const name of Object.keys(theirs)) {
    const [was, mine] = [open.includes(name) ? edit.clashes[name].was : edit.base[name], edit.values[name]];
    const changed = !same(theirs[name], was);
    if (same(mine, was)) {
      if (changed) next.taken.push(name);
      continue;
    }
    next.values[name] = mine;
    if (changed && !same(mine, theirs[name])) next.clashes[name] = { was, mine, theirs: theirs[name] };
  }
  return next;
}

// setField is what the person does with a field; where it clashes, that decides.
export function setField(edit, name, value) {
  const values = { ...edit.values, [name]: value };
  const clash = edit.clashes[name];
  return clash ? { ...edit, values, clashes: { ...edit.clashes, [name]: { ...clash, mine: value, chosen: 'mine' } } } : { ...edit, values };
}

// choose decides a clash: whose is 'mine' or 'theirs'.
export function choose(edit, name, whose) {
  const clash = { ...edit.clashes[name], chosen: whose };
  return { ...edit, values: { ...edit.values, [name]: clash[whose] }, clashes: { ...edit.clashes, [name]: clash } };
}

// draftFrom is what is kept of an edit: the fields that were changed, but for those in secret, each with what it was changed from.
export function draftFrom(edit, secret) {
  const names = Object.keys(changesOf(edit)).filter(name => !secret.includes(name));
  if (names.length === 0) return null;
  const open = undecided(edit);
  const pick = value => Object.fromEntries(names.map(name => [name, value(name)]));
  return { base: pick(name => (open.includes(name) ? edit.clashes[name].was : edit.base[name])), values: pick(name => edit.values[name]) };
}

// withDraft goes on with what was typed earlier; a record of others' too, they may have changed since.
export function withDraft(initial, draft, shared) {
  if (!shared) return { ...begin(initial), values: { ...initial, ...draft.values } };
  const base = { ...initial, ...draft.base };
  return merge({ ...begin(base), values: { ...base, ...draft.values } }, initial);
}
