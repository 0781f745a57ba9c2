// The pages of the menu, in order. A user without the permission does not see a page.
import { Customer } from './customer.js';
import { Customers } from './customers.js';
import { Feedback } from './feedback.js';
import { Interactions } from './interactions.js';
import { Segment } from './segment.js';
import { Segments } from './segments.js';
import { Status } from './status.js';
import { Today } from './today.js';
import { Users } from './users.js';

export const pages = [
  { path: 'today', icon: 'today', view: Today },
  { path: 'customers', icon: 'customers', permission: 'crm:read:customers', view: Customers },
  { path: 'interactions', icon: 'interactions', permission: 'crm:read:interactions', view: Interactions },
  { path: 'feedback', icon: 'feedback', permission: 'crm:read:feedback', view: Feedback },
  { path: 'segments', icon: 'segments', permission: 'crm:read:segments', view: Segments },
  { path: 'users', icon: 'users', permission: 'auth:read:users', view: Users },
  { path: 'status', icon: 'status', permission: 'crm:read:status', view: Status },
];

// detail has the pages of one record: #/customers/ID.
export const detail = { customers: Customer, segments: Segment };
