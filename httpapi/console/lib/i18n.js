// The three languages. A catalogue is a flat object of sentences; one with plurals has a form for each category of Intl.
import { observable } from './observable.js';
import { setting } from './storage.js';

export const languages = { fr: 'Français', en: 'English', ar: 'العربية' };
const locales = { fr: 'fr', en: 'en-GB', ar: 'ar-MA-u-nu-latn' };

export const language = observable(document.documentElement.lang);
export const locale = () => locales[language.get()];

let sentences = {};
let plurals = null;
let numbers = null;

// speak switches the language in place. The service may have another version by now; its page has the language.
export async function speak(code) {
  const response = await fetch(new URL(`../lang/${code}.json`, import.meta.url));
  if (!response.ok) return location.reload();
  sentences = await response.json();
  plurals = new Intl.PluralRules(locales[code]);
  numbers = new Intl.NumberFormat(locales[code]);
  const root = document.documentElement;
  root.lang = code;
  root.dir = code === 'ar' ? 'rtl' : 'ltr';
  language.set(code);
}

export function choose(code) {
  setting('language', code);
  return speak(code);
}

// t is a sentence; {name} is filled in from values, and values.count chooses among plural forms.
export function t(key, values) {
  let text = sentences[key];
  if (text === undefined) return key;
  if (typeof text === 'object') text = text[plurals.select(values.count)] ?? text.other;
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? numbers.format(values[name]) : values[name])) : text;
}

// known reports whether there is a sentence, and values has everything that it needs.
export function known(key, values = {}) {
  const sentence = sentences[key];
  const text = sentence?.other ?? sentence;
  return text !== undefined && [...text.matchAll(/\{(\w+)\}/g)].every(([, name]) => values[name] !== undefined);
}

// label names a value of the API in the user's language; what the office has made up itself stays as it is.
export function label(kind, value) {
  return sentences[`${kind}.${value}`] ?? value;
}
