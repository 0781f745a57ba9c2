// The state of a form. ui/field.js has the fields, ui/form-dialog.js the dialog that most forms stand in, and ui/record-form.js the
// form of a record that others may edit at the same time.
import { newKey } from '../lib/api.js';
import { draftOf, dropDraft, keepDraft } from '../lib/drafts.js';
import { begin, changesOf, choose, draftFrom, merge, setField, undecided, withDraft } from '../lib/edit.js';
import { fieldErrors } from '../lib/explain.js';
import { useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { failed } from './toast.js';

// useForm is the state of a form: its values, the values that it started from, and the errors of the API by field. send is called with
// the values. Options:
//   quiet   the form itself shows errors that belong to no field; without it they are messages
//   draft   the name of the draft, which has what was typed until it is saved
//   secret  the fields that are in no draft
//   minor   the fields that alone are not worth a draft, or a question before they are lost
//   shared  others may have changed the record since the draft was stored
export function useForm(initial, send, { quiet = false, draft, secret = [], minor = [], shared = false } = {}) {
  const [restored] = useState(() => draft && draftOf(draft));
  const [state, setState] = useState(() => (restored ? withDraft(initial, restored, shared) : begin(initial)));
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [typing, setTyping] = useState(''); // the field with text that is not part of its value yet, such as an unfinished tag
  const form = useRef();
  const latest = useRef(state); // the current state: callbacks may be of an older rendering
  const ended = useRef(false);
  const key = useRef(restored?.key ?? newKey()); // the idempotency key: a form creates one record, however often it is sent
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
  // reset starts again, with other values or those that the form started from.
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
      const shown = refused.errors.some(({ loc }) => loc[1] in latest.current.values); // beside its field
      if (!shown && !quiet && !refused.asked) failed(refused);
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

// useUnsaved lets the browser ask before the tab is closed or reloaded while something is not saved.
export function useUnsaved(form) {
  useEffect(() => {
    if (!form.dirty) return;
    const ask = event => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [form.dirty]);
}

// leaveForm asks before unsaved values are lost, and discards them. It reports whether the form may close.
export function leaveForm(form) {
  if (form.dirty && !confirm(t('form.leave'))) return false;
  form.drop();
  return true;
}
