// The values of customers' fields: those that the API defines, and those that users have typed.
import { useData } from './data.js';
import { label } from './i18n.js';

export const loyalties = ['New', 'Bronze', 'Silver', 'Gold', 'Platinum', 'VIP'];
export const contactTypes = ['Individual', 'Corporate'];
export const channels = ['phone', 'whatsapp', 'email', 'in-person', 'chat', 'sms'];
export const services = ['Tour', 'Booking', 'Support', 'Transport', 'Accommodation', 'General'];
export const languages = ['French', 'Arabic', 'Amazigh', 'English', 'Spanish', 'German', 'Italian', 'Portuguese', 'Dutch', 'Chinese', 'Japanese', 'Russian'];

const named = (kind, values) => values.map(value => ({ value, text: label(kind, value) }));

// useValues returns the choices for each filter and criterion, the most frequent first.
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

// criteria has the keys in the order of the filters. made marks keys whose values users can invent.
export const criteria = [
  { key: 'loyalty_status' }, { key: 'region', made: true }, { key: 'tags', made: true },
  { key: 'contact_type' }, { key: 'nationality', made: true }, { key: 'preferred_language', made: true },
];
