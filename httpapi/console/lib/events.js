// The stream of changes: two open consoles follow each other.
import { fetchWithToken, written } from './api.js';
import { backOff } from './backoff.js';
import { observable } from './observable.js';
import { join, silence } from './shared-stream.js';

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

let user = '';      // whose changes are followed
let last = '';      // id of the last event
let running = null; // AbortController
let left = false;   // the page is gone from, and perhaps kept for the way back

// follow begins after an event: what was read before is as new as that.
export function follow(id, after) {
  if (user === id) return;
  unfollow();
  user = id;
  last = String(after);
  attend();
}

export function unfollow() {
  user = last = '';
  attend();
  stream.set('off');
}

// attend follows for as long as the page is looked at. One that is hidden or left lets go at once, and catches up when it comes back.
function attend() {
  const wanted = user && !left && !document.hidden;
  if (wanted && !running) {
    running = new AbortController();
    run(running.signal);
  } else if (!wanted) {
    running?.abort();
    running = null;
  }
}

document.addEventListener('visibilitychange', attend);
addEventListener('pagehide', () => { left = true; attend(); });
addEventListener('pageshow', () => { left = false; attend(); });

async function run(signal) {
  const tabs = join(user, signal, { last: () => last, take, behind });
  let failures = 0;
  while (!signal.aborted) {
    if (await tabs.other()) {
      failures = 0;
      stream.set('live');
      await tabs.gone();
      continue;
    }
    if (signal.aborted) return;
    const own = tabs.open();
    try {
      const response = await fetchWithToken('/events', { signal: own, headers: { 'Last-Event-ID': last } });
      if (response.status === 404 || response.status === 403) return stream.set('off');
      if (!response.ok) throw new Error(String(response.status));
      failures = 0;
      stream.set('live');
      tabs.live();
      await read(response.body.getReader(), own, block => { tabs.tell(block); take(block); });
    } catch {} // as when it ends: it is taken up again
    tabs.close();
    if (own.aborted) continue; // another tab has one
    failures++;
    if (failures > 1) stream.set('lost'); // one that is taken up again at once is not worth a word
    await backOff(failures, signal);
  }
}

// read calls take with each block of a stream, as an object of its fields, until it ends or is silent for too long.
async function read(reader, signal, take) {
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
    blocks.forEach(block => take(fieldsOf(block)));
  }
}

function fieldsOf(block) {
  const event = {};
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) || [];
    if (field) event[field] = field === 'data' && event.data ? event.data + '\n' + value : value;
  }
  return event;
}

function take({ id, event, data }) {
  if (id) last = id;
  if (event === 'reset') tell(null);
  if (event === 'change') tell(JSON.parse(data));
}

// behind is called with the id of an event that has passed this page by.
function behind(id) {
  if (Number(id) <= Number(last)) return;
  last = id;
  tell(null);
}
