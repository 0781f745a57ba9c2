// Every page of the menu, in its order: who lacks the permission does not see it.
import { Customer } from './customer.js';
import { Customers } from './customers.js';
import { Today } from './today.js';

export const pages = [
  { path: 'today', icon: 'today', view: Today },
  { path: 'customers', icon: 'customers', permission: 'crm:read:customers', view: Customers },
];

// What an id behind a page's path shows.
export const detail = { customers: Customer };
