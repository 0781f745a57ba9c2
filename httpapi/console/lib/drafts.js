// What was typed and is not saved yet, by user and form. A draft lives as long as the sign-in: in this tab, or in the browser for
// whoever stays signed in. It ends when the form is saved or dropped, and when its user signs out; a session that expires ends
// none.
import { forget, load, names, save } from './storage.js';
import { tokens } from './tokens.js';

const longest = 30 * 86400000; // ms; what is typed is personal data, and not everybody comes back
let owner = '';

const prefix = () => `draft.${owner}.`;
const nameOf = form => prefix() + form;

// claimDrafts says whose drafts they are from now on, and forgets those that nobody came back for.
export function claimDrafts(user) {
  owner = user;
  for (const name of names('draft.')) {
    if (!(Date.now() - load(name)?.at < longest)) forget(name);
  }
}

export const draftOf = form => load(nameOf(form))?.typed;

export const keepDraft = (form, typed) => save(nameOf(form), { at: Date.now(), typed }, Boolean(tokens()?.forGood));

export const dropDraft = form => forget(nameOf(form));

export const anyDrafts = () => names(prefix()).length > 0;

export const dropDrafts = () => names(prefix()).forEach(forget);
