// The edit of a record that others may edit at the same time: the values that the form started from (base), its values now (values),
// the fields that somebody else has changed to another value (clashes), and who that was, if known (by). A clash has the value
// before (was), both new values (mine, theirs), and which of them is chosen.

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export const begin = initial => ({ base: initial, values: initial, clashes: {}, by: {} });

// changesOf returns the fields that the user changed.
export const changesOf = ({ base, values }) => Object.fromEntries(Object.entries(values).filter(([name, value]) => !same(value, base[name])));

export const undecided = ({ clashes }) => Object.keys(clashes).filter(name => !clashes[name].chosen);

// merge continues an edit on a newer version of the record. A field that one of the two changed has the new value; a field that both
// changed is a clash. taken has the names of the fields that somebody else changed.
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

// setField sets a value that the user typed. If the field is a clash, it decides the clash.
export function setField(edit, name, value) {
  const values = { ...edit.values, [name]: value };
  const clash = edit.clashes[name];
  return clash ? { ...edit, values, clashes: { ...edit.clashes, [name]: { ...clash, mine: value, chosen: 'mine' } } } : { ...edit, values };
}

// choose decides a clash; whose is 'mine' or 'theirs'.
export function choose(edit, name, whose) {
  const clash = { ...edit.clashes[name], chosen: whose };
  return { ...edit, values: { ...edit.values, [name]: clash[whose] }, clashes: { ...edit.clashes, [name]: clash } };
}

// draftFrom returns the draft of an edit: the changed fields except those in secret, each with its value before.
export function draftFrom(edit, secret) {
  const names = Object.keys(changesOf(edit)).filter(name => !secret.includes(name));
  if (names.length === 0) return null;
  const open = undecided(edit);
  const pick = value => Object.fromEntries(names.map(name => [name, value(name)]));
  return { base: pick(name => (open.includes(name) ? edit.clashes[name].was : edit.base[name])), values: pick(name => edit.values[name]) };
}

// withDraft continues an edit from a draft. With shared, others may have changed the record since.
export function withDraft(initial, draft, shared) {
  if (!shared) return { ...begin(initial), values: { ...initial, ...draft.values } };
  const base = { ...initial, ...draft.base };
  return merge({ ...begin(base), values: { ...base, ...draft.values } }, initial);
}
