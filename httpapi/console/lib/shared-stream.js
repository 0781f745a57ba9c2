// The tabs of one browser share one stream of events, because a browser opens at most six connections to a service. The tab that has
// the stream (the leader) sends what it reads to the others over a BroadcastChannel. That works without TLS, where navigator.locks
// does not exist, and on phones, which have no SharedWorker. In a browser without it, each tab has a stream.
import { newKey } from './api.js';

// silence is how long, in ms, a stream may send nothing: the service sends a comment every 15 seconds.
export const silence = 40000;

// join makes this tab one of those that show the console to a user, until signal is aborted. receive is called with each event that the
// leader reads, and skip with the id of the leader's last event when this tab begins to listen. last returns the id of the last event
// of this tab.
export function join(user, signal, { last, receive, skip }) {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel('crm.events.' + user);
  const id = newKey();
  const post = message => channel?.postMessage({ from: id, ...message });
  let own = null;    // { controller, live }: this tab's stream; live once it is open
  let leader = null; // the tab that has the stream, if it is another
  let timer;
  let leaderChanged = () => {};

  // follow sets the leader, or null for none. A leader that is silent for too long no longer counts.
  const follow = (from = null) => {
    clearTimeout(timer);
    if (from) timer = setTimeout(() => follow(), silence);
    if (from === leader) return;
    leader = from;
    leaderChanged();
  };
  // If two tabs have opened a stream at the same time, the tab with the lower id stays the leader.
  const claimed = (from, at) => {
    if (own?.live && id < from) return post({ leads: last() });
    own?.controller.abort();
    follow(from);
    skip(at);
  };
  const hear = ({ data }) => {
    if (data.ask && own?.live) post({ leads: last() });
    if (data.leads !== undefined) claimed(data.from, data.leads);
    if (data.from !== leader) return;
    if (data.ended) follow();
    if (data.event) {
      follow(data.from);
      receive(data.event);
    }
  };
  // nextLeader waits until the leader changes, stop is aborted or, unless 0, a number of ms has passed.
  const nextLeader = (ms, stop) => new Promise(resolve => {
    leaderChanged = resolve;
    stop.addEventListener('abort', resolve);
    if (ms) setTimeout(resolve, ms);
  });
  channel?.addEventListener('message', hear);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    if (own?.live) post({ ended: true });
    channel?.close();
  });

  return {
    // hasLeader reports whether another tab has the stream. It asks, and waits for an answer.
    async hasLeader() {
      if (channel && !leader) {
        post({ ask: true });
        await nextLeader(50 + 100 * Math.random(), signal);
      }
      return Boolean(leader);
    },
    leaderEnded: () => nextLeader(0, signal),
    // open begins a stream of this tab. Its signal is also aborted when another tab turns out to be the leader.
    open() {
      own = { controller: new AbortController(), live: false };
      signal.addEventListener('abort', own.controller.abort.bind(own.controller));
      return own.controller.signal;
    },
    opened() {
      own.live = true;
      post({ leads: last() });
    },
    send: event => post({ event }),
    close() {
      if (own.live && !own.controller.signal.aborted) post({ ended: true });
      own = null;
    },
  };
}
