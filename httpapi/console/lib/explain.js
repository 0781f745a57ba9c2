// What the API refuses, in the user's language. A problem names what is wrong (type, reason) and has the values of the sentence
// (params). Its English sentences are for programs, and never shown.
import { known, t } from './i18n.js';

// rules are the fields whose values follow a rule of their own.
const rules = { email: 'email', phone: 'phone', password: 'password', new_password: 'password' };

// errorText says what is wrong with one field. The service may be of a newer version than this page: a type that the page does not
// know, or a sentence that lacks a value, becomes the general sentence.
function errorText({ loc, type, params }) {
  const keys = [type === 'value_error' && rules[loc[1]] ? 'error.value_' + rules[loc[1]] : 'error.' + type, 'error.value_error'];
  if (params?.name) keys.unshift(`error.${type}_of`);
  return t(keys.find(key => known(key, params)), params);
}

// fieldErrors returns a problem's sentences by the name of their field. An error in an item of a list counts for the list.
export function fieldErrors(problem) {
  const found = {};
  for (const error of problem?.errors || []) found[error.loc[1]] ??= errorText(error);
  return found;
}

// explain returns one sentence for a problem. special has the keys of sentences that a status has in one place, such as 401 at the
// sign-in.
export function explain({ status, reason, params, errors, retryAfter }, special = {}) {
  if (special[status]) return t(special[status]);
  if (reason && known('reason.' + reason, params)) return t('reason.' + reason, params);
  if (status === 429) return t('error.429', { seconds: Math.max(1, retryAfter) });
  if (errors[0] && status !== 404) return errorText(errors[0]);
  return t(known('error.' + status) ? 'error.' + status : 'error.unexpected');
}
