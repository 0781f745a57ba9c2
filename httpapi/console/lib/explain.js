// What the API refuses, in the user's language. A problem names what is wrong (reason, and a type for each field) and has the values of
// the sentence (params). Its English sentences are for programs, and never shown.
import { known, t } from './i18n.js';

// errorText says what is wrong with one field. The service may be newer than this page: a type that the page does not know, or a
// sentence that lacks a value, becomes the general sentence.
function errorText({ type, params = {} }) {
  const { format, name } = params;
  const keys = [format && 'error.value_' + format, name && `error.${type}_of`, 'error.' + type, 'error.value_error'];
  return t(keys.find(key => key && known(key, params)), params);
}

// fieldErrors returns a problem's sentences by the name of their field. An error in an item of a list counts for the list.
export function fieldErrors(problem) {
  const found = {};
  for (const error of problem?.errors || []) found[error.loc[1]] ??= errorText(error);
  return found;
}

// explain returns one sentence for a problem: that of its reason, of its first error, or of its status.
export function explain({ status, reason, params, errors, retryAfter }) {
  if (known('reason.' + reason, params)) return t('reason.' + reason, params);
  if (status === 429) return t('error.429', { seconds: Math.max(1, retryAfter) });
  if (errors[0] && status !== 404) return errorText(errors[0]);
  return t(known('error.' + status) ? 'error.' + status : 'error.unexpected');
}
