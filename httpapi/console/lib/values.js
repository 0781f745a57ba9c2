// The values that customers' fields have: those that the API knows, and those that the office has made up.
import { useData } from './data.js';
import { label } from './i18n.js';

export const loyalties = ['New', 'Bronze', 'Silver', 'Gold', 'Platinum', 'VIP'];
export const contactTypes = ['Individual', 'Corporate'];
export const channels = ['phone', 'whatsapp', 'email', 'in-person', 'chat', 'sms'];
export const services = ['Tour', 'Booking', 'Support', 'Transport', 'Accommodation', 'General'];
export const languages = ['French', 'Arabic', 'Amazigh', 'English', 'Spanish', 'German', 'Italian', 'Portuguese', 'Dutch', 'Chinese', 'Japanese', 'Russian'];

const named = (kind, values) => values.map(value => ({ value, text: label(kind, value) }));

// useValues are the choices for each key of filters and of segments' criteria, most frequent first.
export function useValues() {
  const { data } = useData('/customers/values', ['customer']);
  const list = name => (data?.[name] || []).map(one => ({ ...one, text: label(name, one.value) }));
  return {
    loyalty_status: named('loyalty', loyalties),
    contact_type: named('contact', contactTypes),
    region: list('regions'),
    tags: list('tags'),
    nationality: list('nationalities'),
    preferred_language: list('languages'),
  };
}

// criteria are the keys in the order in which people think of them; made says that values of it can be made up.
export const criteria = [
  { key: 'loyalty_status' }, { key: 'region', made: true }, { key: 'tags', made: true },
  { key: 'contact_type' }, { key: 'nationality', made: true }, { key: 'preferred_language', made: true },
];
