// The clients that exist speak to the API with axios and classes like these. This test runs them against the
// demo: CRM names the program's binary.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import axios from 'axios';

let server;
let crmClient;

globalThis.localStorage = {
  items: new Map(),
  getItem(key) { return this.items.get(key) ?? null; },
  setItem(key, value) { this.items.set(key, value); },
};

before(async () => {
  server = spawn(process.env.CRM ?? '../../crm', ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((resolve, reject) => {
    let printed = '';
    server.stdout.on('data', (chunk) => {
      printed += chunk;
      const found = /http:\/\/[\d.:]+/.exec(printed);
      if (found) resolve(found[0]);
    });
    server.on('exit', (code) => reject(new Error(`crm ended with ${code}: ${printed}`)));
  });
  crmClient = axios.create({
    baseURL: `${address}/v1`,
    timeout: 10000,
    headers: { 'Content-Type': 'application/json' },
  });
  crmClient.interceptors.request.use((config) => {
    const token = localStorage.getItem('access_token');
    if (token) {
      config.headers.Authorization = `Bearer ${token}`;
    }
    return config;
  });
  const login = await crmClient.post('/auth/login', { email: 'admin@demo.example.com', password: 'atlas-demo-2026' });
  localStorage.setItem('access_token', login.data.access_token);
});

after(() => server.kill('SIGTERM'));

class CustomerService {
  async createCustomer(customerData) {
    return (await crmClient.post('/customers/', customerData)).data;
  }

  async getCustomers(filters = {}) {
    const params = new URLSearchParams();
    Object.entries(filters).forEach(([key, value]) => {
      if (value !== undefined && value !== null && value !== '') {
        if (Array.isArray(value)) {
          value.forEach((v) => params.append(key, v));
        } else {
          params.append(key, value);
        }
      }
    });
    return (await crmClient.get(`/customers/?${params}`)).data;
  }

  async getCustomerSummary(customerId) {
    return (await crmClient.get(`/customers/${customerId}/summary`)).data;
  }

  async updateCustomer(customerId, updateData) {
    return (await crmClient.put(`/customers/${customerId}`, updateData)).data;
  }
}

class InteractionService {
  async logInteraction(interactionData) {
    return (await crmClient.post('/interactions/', interactionData)).data;
  }

  async getCustomerInteractions(customerId, page = 1, size = 20) {
    return (await crmClient.get(`/interactions/customer/${customerId}`, { params: { page, size } })).data;
  }
}

class FeedbackService {
  async submitFeedback(feedbackData) {
    return (await crmClient.post('/feedback/', feedbackData)).data;
  }

  async getFeedbackStats(days = 30) {
    return (await crmClient.get('/feedback/stats', { params: { days } })).data;
  }

  async resolveFeedback(feedbackId, resolutionData) {
    return (await crmClient.put(`/feedback/${feedbackId}`, resolutionData)).data;
  }
}

class CustomerActivityTracker {
  constructor(customerId) {
    this.customerId = customerId;
    this.lastInteraction = null;
  }

  async trackInteraction(channel, summary, duration = null) {
    const interaction = await crmClient.post('/interactions/', {
      customer_id: this.customerId,
      channel,
      summary,
      duration_minutes: duration,
      timestamp: new Date().toISOString(),
    });
    this.lastInteraction = interaction.data;
    return interaction.data;
  }

  async getRecentActivity(limit = 10) {
    return (await crmClient.get(`/interactions/customer/${this.customerId}`, { params: { size: limit } })).data.items;
  }
}

function handleCrmError(error) {
  const { status, data } = error.response;
  switch (status) {
    case 400:
      if (data.detail?.includes('Email already registered')) {
        return { type: 'duplicate_email', field: 'email' };
      }
      break;
    case 404:
      return { type: 'not_found' };
    case 422:
      return { type: 'validation_error', errors: data.errors };
  }
  return { type: 'other', status };
}

const customers = new CustomerService();
const interactions = new InteractionService();
const feedback = new FeedbackService();
const someone = (email) => ({
  full_name: 'Yasmine Berrada', contact_type: 'Individual', email, phone: '+212612000001',
  nationality: 'Moroccan', region: 'Casablanca', preferred_language: 'French', tags: ['VIP'],
});
const refusal = (promise) => promise.then(() => assert.fail('was not refused'), handleCrmError);

test('the life of a customer', async () => {
  const customer = await customers.createCustomer(someone('yasmine@example.com'));
  assert.equal(customer.loyalty_status, 'New');
  await interactions.logInteraction({
    customer_id: customer.id, channel: 'phone', subject: 'Initial inquiry',
    summary: 'Interested in an Atlas Mountains tour', duration_minutes: 15,
  });
  const opinion = await feedback.submitFeedback({
    customer_id: customer.id, service_type: 'Tour', rating: 5, comments: 'Excellent service and beautiful scenery!',
  });
  assert.equal(opinion.sentiment, 'positive');
  const summary = await customers.getCustomerSummary(customer.id);
  assert.equal(summary.total_interactions, 1);
  assert.equal(summary.average_rating, 5);
  assert.equal(summary.interaction_channels.phone, 1);
  assert.equal(summary.feedback_by_service.Tour, 1);
  assert.equal((await interactions.getCustomerInteractions(customer.id)).total, 1);
});

test('lists, searches and filters', async () => {
  const found = await customers.getCustomers({ query: 'hassan', page: 1, size: 5, region: '', tags: ['VIP', 'Family'] });
  assert.ok(found.total > 0);
  const byParams = await crmClient.get('/customers/', { params: { tags: ['VIP', 'Family'], query: 'hassan' } }); // tags[]=VIP&tags[]=Family
  assert.equal(byParams.data.total, found.total);
});

test('updates and activity', async () => {
  const customer = await customers.createCustomer(someone('activity@example.com'));
  const updated = await customers.updateCustomer(customer.id, { loyalty_status: 'Gold', region: null });
  assert.equal(updated.loyalty_status, 'Gold');
  assert.equal(updated.region, null);
  assert.equal(updated.email, customer.email);
  const tracker = new CustomerActivityTracker(customer.id);
  const tracked = await tracker.trackInteraction('whatsapp', 'Sent the programme');
  assert.equal(tracked.duration_minutes, null);
  assert.deepEqual((await tracker.getRecentActivity()).map((i) => i.id), [tracked.id]);
});

test('feedback is resolved and counted', async () => {
  const customer = await customers.createCustomer(someone('unhappy@example.com'));
  const opinion = await feedback.submitFeedback({ customer_id: customer.id, service_type: 'Transport', rating: 1 });
  const before = await feedback.getFeedbackStats();
  const resolved = await feedback.resolveFeedback(opinion.id, { resolved: true, resolution_notes: 'Refunded' });
  assert.equal(resolved.resolved, true);
  assert.ok(resolved.resolved_at);
  const after = await feedback.getFeedbackStats(30);
  assert.equal(after.pending_resolution, before.pending_resolution - 1);
});

test('errors are the ones that clients tell apart', async () => {
  await customers.createCustomer(someone('twice@example.com'));
  assert.deepEqual(await refusal(customers.createCustomer(someone('TWICE@example.com'))), { type: 'duplicate_email', field: 'email' });
  assert.equal((await refusal(customers.getCustomerSummary('123e4567-e89b-42d3-a456-426614174000'))).type, 'not_found');
  const invalid = await refusal(customers.createCustomer({ contact_type: 'Individual' }));
  assert.equal(invalid.type, 'validation_error');
  assert.deepEqual(invalid.errors.map((e) => e.loc.join('.')).sort(), ['body.email', 'body.phone']);
});
