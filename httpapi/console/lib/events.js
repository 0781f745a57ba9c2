// The stream of changes: two open consoles follow each other.
import { fetchWithToken, written } from './api.js';
import { observable } from './observable.js';

// Whether the stream is 'off' (not there), 'live', or 'lost' while it is being taken up again.
export const stream = observable('off');

const listeners = new Set();

// onChange calls listener with each change, and with null when anything may have changed.
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = change => { for (const listener of [...listeners]) listener(change); };

const kinds = { customers: 'customer', interactions: 'interaction', feedback: 'feedback', segments: 'segment', users: 'user' };

// changed tells this page what it has changed itself, without waiting for the stream.
export const changed = kind => tell({ kind, local: true });
// everything may have changed: a new day has begun, say.
export const everything = () => tell(null);
written.tell = part => kinds[part] && changed(kinds[part]);

let running = null; // AbortController
let last = '';      // id of the last event

let wanted = false;

export function follow() {
  wanted = true;
  if (!running) start();
}

export function unfollow() {
  wanted = false;
  rest();
  last = '';
  stream.set('off');
}

function start() {
  running = new AbortController();
  run(running.signal);
}

function rest() {
  running?.abort();
  running = null;
}

// A browser has six connections to a service, for all of its tabs together: one that is out of sight lets its own go,
// and catches up when it is looked at again.
let leaving;
document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving);
  if (document.hidden) leaving = setTimeout(rest, 15000);
  else if (wanted && !running) start();
});

async function run(signal) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await fetchWithToken('/events', { signal, headers: last ? { 'Last-Event-ID': last } : {} });
      if (response.status === 404 || response.status === 403) return stream.set('off');
      if (!response.ok) throw new Error(String(response.status));
      if (failures > 0 && !last) tell(null);
      failures = 0;
      stream.set('live');
      await read(response.body.getReader(), signal);
    } catch (error) {
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    failures++;
    if (failures > 1) stream.set('lost'); // one that is taken up again at once is not worth a word
    await backOff(failures, signal);
  }
}

// A stream that says nothing for this long is dead: the service sends a comment every 15 seconds.
const silence = 40000;

async function read(reader, signal) {
  const decoder = new TextDecoder();
  let buffer = '';
  for (;;) {
    let timer;
    const quiet = new Promise((_, reject) => { timer = setTimeout(() => { reader.cancel(); reject(new Error('silence')); }, silence); });
    const { done, value } = await Promise.race([reader.read(), quiet]).finally(() => clearTimeout(timer));
    if (done || signal.aborted) return;
    buffer += decoder.decode(value, { stream: true });
    const blocks = buffer.split(/\r?\n\r?\n/);
    buffer = blocks.pop();
    blocks.forEach(take);
  }
}

function take(block) {
  const event = {};
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) || [];
    if (field) event[field] = field === 'data' && event.data ? event.data + '\n' + value : value;
  }
  if (event.id) last = event.id;
  if (event.event === 'reset') tell(null);
  if (event.event === 'change') tell(JSON.parse(event.data));
}

// backOff waits longer after each failure, up to half a minute, and not at all once the machine is on a network again.
function backOff(failures, signal) {
  const wait = Math.min(30000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, wait);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
