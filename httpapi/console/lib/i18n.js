// The three languages. A catalogue (lang/*.json) is a flat object of sentences. A sentence with plurals has a form for each plural
// category of the language.
import { observable } from './observable.js';
import { setting } from './storage.js';

export const languages = { fr: 'Français', en: 'English', ar: 'العربية' };
const locales = { fr: 'fr', en: 'en-GB', ar: 'ar-MA-u-nu-latn' };

export const language = observable(document.documentElement.lang);
export const locale = () => locales[language.get()];

let sentences = {};
let plurals = null;
let numbers = null;

// speak loads a catalogue and switches the language. If the service has a newer version by now, the file is gone and the page is
// loaded again.
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

// t returns a sentence. values replaces {name} in it, and values.count chooses the plural form.
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

// label returns the text of a value that the API defines. A value that the office has invented has none, and is returned as it is.
export function label(kind, value) {
  return sentences[`${kind}.${value}`] ?? value;
}
