// Refusals in the user's language. The API says what is wrong by a stable type; its own sentence is for programs.
import { number } from './format.js';
import { t } from './i18n.js';

const known = new Set(['missing', 'enum', 'string_too_long', 'too_long', 'value_error', 'taken', 'range', 'future', 'datetime_parsing', 'int_type', 'int_parsing', 'conflict']);

// Sentences of value_error that are about one field.
const special = { email: 'email', phone: 'phone', new_password: 'password', password: 'password' };

function sentence({ loc, msg, type }) {
  const field = String(loc[1] ?? '');
  if (type === 'value_error' && special[field]) return t('error.value_' + special[field]);
  if (!known.has(type)) return msg;
  const figures = (msg.match(/\d+/g) || []).map(Number);
  return t('error.' + type, { n: number(figures[0] ?? 0), m: number(figures[1] ?? 0) });
}

// fieldErrors are a problem's sentences by the name of their field; those of a list's items count for the list.
export function fieldErrors(problem) {
  const found = {};
  for (const error of problem?.errors || []) found[error.loc[1]] ??= sentence(error);
  return found;
}

const reasons = new Set(['last_admin', 'erased']);

const statuses = new Set([0, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503, 507]);

// explain is a problem as one sentence.
export function explain(problem) {
  if (problem.status === 429) return t('error.429', { n: number(Math.max(1, problem.retryAfter || 1)) });
  if (problem.message === 'Incorrect email or password') return t('signin.wrong');
  if (problem.message === 'Current password is incorrect') return t('password.wrong');
  if (reasons.has(problem.reason)) return t('reason.' + problem.reason);
  const [first] = problem.errors || [];
  if (first && problem.status !== 422) return sentence(first);
  return statuses.has(problem.status) ? t('error.' + problem.status) : t('error.unexpected');
}
