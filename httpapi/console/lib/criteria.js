// The criteria of segments: the same keys as the filters of customers.
import { label, t } from './i18n.js';
import { criteria } from './values.js';

// criteriaFrom reads criteria out of the parameters of an address.
export function criteriaFrom(params) {
  return Object.fromEntries(criteria.map(({ key }) => [key, params.getAll(key)]).filter(([, values]) => values.length > 0));
}

// sayCriteria is each criterion as a name and its values.
export function sayCriteria(found) {
  return criteria.filter(({ key }) => found[key]?.length).map(({ key }) => ({ key, name: t('field.' + key), values: found[key].map(value => label(key, value)) }));
}
