// The state of a form. ui/field.js has its fields, ui/form-dialog.js the dialog that most forms stand in, and ui/record-form.js
// what a form of a record adds.
import { newKey } from '../lib/api.js';
import { draftOf, dropDraft, keepDraft } from '../lib/drafts.js';
import { begin, changesOf, choose, draftFrom, merge, setField, undecided, withDraft } from '../lib/edit.js';
import { fieldErrors } from '../lib/explain.js';
import { useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { failed } from './toast.js';

// useForm holds a form's values, what they started from, and what the API found wrong with them, each beside its field. send is
// called with the values; a refusal without fields becomes a toast, unless the form itself shows it (quiet). draft names where
// what was typed is kept until it is saved, but for the fields in secret; those in minor alone are not worth it. shared says that
// others may have changed the record since.
export function useForm(initial, send, { quiet = false, draft, secret = [], minor = [], shared = false } = {}) {
  const [restored] = useState(() => draft && draftOf(draft));
  const [state, setState] = useState(() => (restored ? withDraft(initial, restored, shared) : begin(initial)));
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [typing, setTyping] = useState(''); // the field that has something which is no value yet, such as half a tag
  const form = useRef();
  const latest = useRef(state); // what is sent after an answer is not what was there when the form was painted last
  const ended = useRef(false);
  const key = useRef(restored?.key ?? newKey()); // of what is made once, however often it is sent
  const change = next => {
    latest.current = next(latest.current);
    setState(latest.current);
    return latest.current;
  };
  const dirty = Object.keys(changesOf(state)).some(name => !minor.includes(name)) || typing !== '';
  const set = (name, value) => {
    change(s => setField(s, name, value));
    setProblem(p => {
      const rest = p?.errors.filter(e => e.loc[1] !== name);
      return rest?.length ? { ...p, errors: rest } : null;
    });
  };
  const drop = () => {
    ended.current = true;
    if (draft) dropDraft(draft);
  };
  // reset begins anew, with other values or those that the form started from.
  const reset = (next = latest.current.base) => {
    ended.current = false;
    change(() => begin(next));
    key.current = newKey();
    setProblem(null);
  };
  useLayoutEffect(() => {
    if (!draft || ended.current) return;
    const typed = dirty && draftFrom(state, secret);
    if (typed) keepDraft(draft, { ...typed, key: key.current });
    else dropDraft(draft);
  }, [state]);
  const submit = async event => {
    event.preventDefault();
    if (busy) return;
    if (undecided(latest.current).length > 0) return focusOn('.clash.open input');
    setBusy(true);
    setProblem(null);
    try {
      await send(latest.current.values);
    } catch (refused) {
      if (refused.status === undefined) throw refused;
      setProblem(refused);
      const beside = refused.errors.some(({ loc }) => loc[1] in latest.current.values); // a field says what is wrong
      if (!beside && !quiet && !refused.asked) failed(refused);
      focusOn('.clash.open input, [aria-invalid=true]');
    } finally {
      setBusy(false);
    }
  };
  const focusOn = selector => requestAnimationFrame(() => form.current?.querySelector(selector)?.focus());
  return {
    edit: state, values: state.values, key: key.current, set, errors: fieldErrors(problem), problem, busy, dirty, setTyping, form, submit, reset, drop, restored: Boolean(restored) && dirty,
    now: () => latest.current, choose: (name, whose) => change(s => choose(s, name, whose)), meet: (theirs, by) => change(s => merge(s, theirs, by)),
  };
}

// useUnsaved asks before the tab is closed or read again while the form has something that is not saved.
export function useUnsaved(form) {
  useEffect(() => {
    if (!form.dirty) return;
    const ask = event => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [form.dirty]);
}

// leaveForm asks before what was typed is dropped, and drops it.
export function leaveForm(form) {
  if (form.dirty && !confirm(t('form.leave'))) return false;
  form.drop();
  return true;
}
