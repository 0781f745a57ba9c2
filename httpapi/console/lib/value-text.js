import { criteriaTexts } from './criteria.js';
import { date, dateTime } from './format.js';
import { label, t } from './i18n.js';

// kinds are the fields whose values have another prefix in the catalogues than the field.
const kinds = { roles: 'role', service_type: 'service' };

// valueText returns the value of a field as people read it, whatever its type. Values that the API defines are in the user's language.
// names has the names of people by their ids.
export function valueText(field, value, names) {
  if (value === null || value === undefined || value === '') return '–';
  if (names?.[value]) return names[value];
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (Array.isArray(value)) return value.map(one => valueText(field, one)).join(', ') || '–';
  if (field === 'criteria') return criteriaTexts(value).map(({ name, values }) => `${name}: ${values.join(', ')}`).join(' · ') || t('segments.everybody');
  if (typeof value === 'object') return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return dateTime(value);
  if (field === 'follow_up_local') return date(value);
  return label(kinds[field] || field, String(value));
}
