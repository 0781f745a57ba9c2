// The stream of events: what changes in one console appears in the others.
import { fetchWithToken, written } from './api.js';
import { backOff } from './backoff.js';
import { observable } from './observable.js';
import { join, silence } from './shared-stream.js';

// stream is 'off' (there is none), 'live', or 'lost' while the console tries to open it again.
export const stream = observable('off');

const listeners = new Set();

// onChange calls listener with each change, and with null when anything may have changed. It returns a function that ends this.
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = change => { for (const listener of [...listeners]) listener(change); };

const kinds = { customers: 'customer', interactions: 'interaction', feedback: 'feedback', segments: 'segment', users: 'user' };

// changed tells this page of a change that it made, without waiting for the stream.
export const changed = kind => tell({ kind, local: true });
// everything tells this page that anything may have changed, as on a new day.
export const everything = () => tell(null);
written.tell = part => kinds[part] && changed(kinds[part]);

let user = '';      // who is signed in
let last = '';      // id of the last event
let running = null; // AbortController
let left = false;   // the user has gone to another page; the browser may store this one for Back

// follow opens the stream for a user. It begins after the event with the number after, which the page's data includes already.
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

// attend keeps the stream open while the page is visible. A page that is hidden or left closes it, and catches up when it is shown
// again.
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
  const tabs = join(user, signal, { last: () => last, receive, skip });
  let failures = 0;
  while (!signal.aborted) {
    if (await tabs.hasLeader()) {
      failures = 0;
      stream.set('live');
      await tabs.leaderEnded();
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
      tabs.opened();
      await read(response.body.getReader(), own, event => { tabs.send(event); receive(event); });
    } catch {} // an error has the same effect as the end of the stream: it is opened again
    tabs.close();
    if (own.aborted) continue; // another tab is the leader
    failures++;
    if (failures > 1) stream.set('lost'); // the user need not know of one failure
    await backOff(failures, signal);
  }
}

// read calls receive with each event of a stream, an object of its fields, until the stream ends or is silent for too long.
async function read(reader, signal, receive) {
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
    blocks.forEach(block => receive(fieldsOf(block)));
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

function receive({ id, event, data }) {
  if (id) last = id;
  if (event === 'reset') tell(null);
  if (event === 'change') tell(JSON.parse(data));
}

// skip continues after an event. If this page has missed events before it, anything may have changed.
function skip(id) {
  if (Number(id) <= Number(last)) return;
  last = id;
  tell(null);
}
