// Requests to the REST API.
import { setClock } from './office.js';
import { Problem } from './problem.js';
import { access, base, renew, tokens } from './tokens.js';

// forbidden.tell is called when the API answers that a permission is missing (403).
export const forbidden = { tell: () => {} };

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

// fetchWithToken is fetch with the access token. It renews a token that has expired, and waits for a new sign-in if that fails.
export async function fetchWithToken(path, options = {}) {
  for (let attempt = 0; ; attempt++) {
    const used = tokens()?.access;
    const headers = { ...options.headers };
    if (used) headers.Authorization = 'Bearer ' + used;
    let response;
    try {
      response = await fetch(base + path, { ...options, headers, cache: 'no-store' });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Problem(0);
    }
    setClock(response.headers.get('Date'));
    if (response.status === 403) forbidden.tell();
    if (response.status !== 401 || path === '/auth/login' || access.get() === 'out' || attempt > 3) return response;
    if (tokens()?.access === used) await renew();
  }
}

// written.tell is called after each successful write, with the first part of its path.
export const written = { tell: () => {} };

// call sends one request and returns the JSON of the answer, or throws a Problem. A read that the service cannot answer yet (503)
// is sent again. match is the ETag of the version that a change is for. With versioned, the result has the ETag too.
export async function call(method, path, { body, signal, key, match, versioned } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (match) headers['If-Match'] = match;
  for (let attempt = 0; ; attempt++) {
    const response = await fetchWithToken(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    const answer = await response.json().catch(() => ({}));
    const tag = response.headers.get('ETag');
    if (response.ok) {
      if (method !== 'GET' && !path.endsWith('/preview')) written.tell(path.split('/')[1]);
      return versioned ? { record: answer, tag } : answer;
    }
    const wait = Number(response.headers.get('Retry-After')) || 0;
    if (method !== 'GET' || response.status !== 503 || attempt > 4) throw Object.assign(new Problem(response.status, answer, wait), { tag });
    await pause(Math.min(wait, 2) * 1000);
  }
}

export const get = (path, signal) => call('GET', path, { signal });
export const post = (path, body, key) => call('POST', path, { body, key });
export const put = (path, body, match) => call('PUT', path, { body, match });
// version returns a record with the ETag of its version: { record, tag }.
export const version = path => call('GET', path, { versioned: true });
export const remove = path => call('DELETE', path);

// newKey returns a new idempotency key: the service carries out requests with the same key once.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('');
}

// query returns the query string of parameters. A list repeats its parameter; empty values are left out.
export function query(params) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') out.append(name, one);
    }
  }
  const text = out.toString();
  return text && '?' + text;
}

// download saves the answer of a path as a file. A plain link cannot do that, because the token is in a header.
export async function download(path, name) {
  const response = await fetchWithToken(path);
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
  const given = /filename="?([^";]+)/.exec(response.headers.get('Content-Disposition') || '');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = given ? given[1] : name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
