// What a frontend does with the generated client; the compiler checks that the types say what the API sends.
import { createCustomer, getCustomerSummary, listCustomers } from './client';

export async function names(): Promise<string[]> {
  const { data } = await listCustomers({ query: { query: 'hassan', size: 3 } });
  return (data?.items ?? []).map(customer => customer.full_name ?? customer.company_name ?? customer.email);
}

export async function rating(customer_id: string): Promise<number | null> {
  const { data } = await getCustomerSummary({ path: { customer_id } });
  return data?.average_rating ?? null;
}

export async function create(): Promise<string | undefined> {
  const { data, error } = await createCustomer({
    body: { full_name: 'Ahmed Hassan', contact_type: 'Individual', email: 'ahmed.hassan@example.com', phone: '0612345678' },
  });
  if (error) throw new Error(error.detail);
  return data?.id;
}
