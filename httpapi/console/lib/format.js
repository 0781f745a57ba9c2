// Dates, numbers and names as text, in the user's language and the office's time.
import { locale, t } from './i18n.js';
import { daysUntil, now, officeDay, wall } from './office.js';

const formatters = new Map();

// formatter returns an Intl object. Each is constructed once, because that is slow.
function formatter(kind, options) {
  const key = locale() + kind + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl[kind](locale(), options));
  return formatters.get(key);
}

export const number = (n, options = {}) => formatter('NumberFormat', options).format(n);
export const percent = share => number(share, { style: 'percent', maximumFractionDigits: 0 });
export const decimal = n => number(n, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

// A time is an instant or a civil time. Both are shown as the office's clocks show them.
const inDates = (time, options) => formatter('DateTimeFormat', { ...options, timeZone: 'UTC' }).format(wall(time));
export const date = time => inDates(time, { day: 'numeric', month: 'short', year: 'numeric' });
export const longDate = time => inDates(time, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const dateTime = time => inDates(time, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
export const clock = time => inDates(time, { hour: '2-digit', minute: '2-digit' });
export const weekday = time => inDates(time, { weekday: 'short' });
export const dayMonth = time => inDates(time, { day: 'numeric', month: 'short' });

// day returns a date as people say it: today, yesterday, in 3 days, or else the date.
export function day(time) {
  const days = daysUntil(time);
  if (Math.abs(days) <= 6) return formatter('RelativeTimeFormat', { numeric: 'auto' }).format(days, 'day');
  return officeDay(time).slice(0, 4) === officeDay().slice(0, 4) ? dayMonth(time) : date(time);
}

// ago returns when something was: minutes ago, the time of today, or else the day.
export function ago(time) {
  const minutes = Math.round((now() - new Date(time)) / 60000);
  if (minutes < 1) return t('time.now');
  if (minutes < 60) return formatter('RelativeTimeFormat', { numeric: 'always', style: 'short' }).format(-minutes, 'minute');
  return daysUntil(time) === 0 ? clock(time) : day(time);
}

export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = n > 0 ? Math.min(units.length - 1, Math.floor(Math.log(n) / Math.log(1000))) : 0;
  return number(n / 1000 ** power, { style: 'unit', unit: units[power], unitDisplay: 'short', maximumFractionDigits: power > 1 ? 1 : 0 });
}

export const nameOf = customer => customer.full_name || customer.company_name || (customer.erased_at ? t('customer.erased') : customer.email);

// initials returns the first letters of the first and the last word.
export function initials(name) {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ''].map(word => [...word][0] || '').join('').toLocaleUpperCase(locale());
}

// duration returns seconds as days and hours, as hours and minutes, or as minutes.
export function duration(seconds) {
  const unit = (n, name) => number(Math.floor(n), { style: 'unit', unit: name, unitDisplay: 'short' });
  if (seconds >= 86400) return `${unit(seconds / 86400, 'day')} ${unit((seconds % 86400) / 3600, 'hour')}`;
  return seconds >= 3600 ? `${unit(seconds / 3600, 'hour')} ${unit((seconds % 3600) / 60, 'minute')}` : unit(seconds / 60, 'minute');
}
