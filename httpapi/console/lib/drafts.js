// Drafts: what was typed in a form and is not saved yet, by user and form. A draft is stored where the tokens are: in this tab, or in
// the browser of a user who stays signed in. It is deleted when the form is saved or discarded and when the user signs out, but not
// when the session expires.
import { forget, load, names, save } from './storage.js';
import { tokens } from './tokens.js';

const longest = 30 * 86400000; // ms; drafts are personal data, and some users never come back
let owner = '';

const prefix = () => `draft.${owner}.`;
const nameOf = form => prefix() + form;

// claimDrafts sets whose drafts are read and stored from now on, and deletes drafts that are too old.
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
