// The tabs of one browser share one stream of events, for a browser has six connections to a service and all of its tabs share
// those too. The tab that has the stream tells the others what it reads. A BroadcastChannel is there without TLS as well, which
// navigator.locks are not, and on phones, where there is no SharedWorker; a browser without it has a stream a tab.
import { newKey } from './api.js';

// silence is how long nothing may be heard of a stream: the service sends a comment every 15 seconds.
export const silence = 40000;

// join makes this tab one of those that show the console to a user, until signal is aborted. take is called with what another
// tab reads, and behind with the id of an event that was told before this tab listened.
export function join(user, signal, { last, take, behind }) {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel('crm.events.' + user);
  const id = newKey();
  const post = message => channel?.postMessage({ from: id, ...message });
  let own = null;    // { controller, live }: this tab's stream, live once it is open
  let holder = null; // the tab that has the stream, if it is another
  let timer;
  let told = () => {}; // whoever waits for another holder, or for none

  const follow = (from = null) => {
    clearTimeout(timer);
    if (from) timer = setTimeout(() => follow(), silence);
    if (from === holder) return;
    holder = from;
    told();
  };
  // Of two tabs that have opened a stream at the same time the one with the lower id keeps it.
  const held = (from, at) => {
    if (own?.live && id < from) return post({ held: last() });
    own?.controller.abort();
    follow(from);
    behind(at);
  };
  const hear = ({ data }) => {
    if (data.ask && own?.live) post({ held: last() });
    if (data.held !== undefined) held(data.from, data.held);
    if (data.from !== holder) return;
    if (data.over) follow();
    if (data.block) {
      follow(data.from);
      take(data.block);
    }
  };
  const changed = (ms, stop) => new Promise(resolve => {
    told = resolve;
    stop.addEventListener('abort', resolve);
    if (ms) setTimeout(resolve, ms);
  });
  channel?.addEventListener('message', hear);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    if (own?.live) post({ over: true });
    channel?.close();
  });

  return {
    // other reports whether another tab has the stream. It asks, and waits for the time that an answer takes.
    async other() {
      if (channel && !holder) {
        post({ ask: true });
        await changed(50 + 100 * Math.random(), signal);
      }
      return Boolean(holder);
    },
    // gone waits until the other tab lets go of the stream, or is silent for too long.
    gone: () => changed(0, signal),
    // open begins a stream of this tab's own. Its signal is aborted too when another tab turns out to have one.
    open() {
      own = { controller: new AbortController(), live: false };
      signal.addEventListener('abort', own.controller.abort.bind(own.controller));
      return own.controller.signal;
    },
    // live says that the stream is open, tell what is read from it, and close that it has ended.
    live() {
      own.live = true;
      post({ held: last() });
    },
    tell: block => post({ block }),
    close() {
      if (own.live && !own.controller.signal.aborted) post({ over: true });
      own = null;
    },
  };
}
