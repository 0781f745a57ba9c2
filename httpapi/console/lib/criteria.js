// The criteria of segments. They have the same keys as the filters of the list of customers.
import { label, t } from './i18n.js';
import { criteria } from './values.js';

// criteriaFrom reads criteria from the parameters of an address.
export function criteriaFrom(params) {
  return Object.fromEntries(criteria.map(({ key }) => [key, params.getAll(key)]).filter(([, values]) => values.length > 0));
}

// criteriaTexts returns the name and the values of each criterion, in the user's language.
export function criteriaTexts(found) {
  return criteria.filter(({ key }) => found[key]?.length).map(({ key }) => ({ key, name: t('field.' + key), values: found[key].map(value => label(key, value)) }));
}
