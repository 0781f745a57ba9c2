// Every page of the menu, in its order: who lacks the permission does not see it.
import { Customer } from './customer.js';
import { Customers } from './customers.js';
import { Feedback } from './feedback.js';
import { Interactions } from './interactions.js';
import { Today } from './today.js';

export const pages = [
  { path: 'today', icon: 'today', view: Today },
  { path: 'customers', icon: 'customers', permission: 'crm:read:customers', view: Customers },
  { path: 'interactions', icon: 'interactions', permission: 'crm:read:interactions', view: Interactions },
  { path: 'feedback', icon: 'feedback', permission: 'crm:read:feedback', view: Feedback },
];

// What an id behind a page's path shows.
export const detail = { customers: Customer };
