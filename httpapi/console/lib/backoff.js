// backOff waits before the next attempt: longer after each failure, ten seconds at most. It ends at once when the machine gets a
// network, or when signal is aborted.
export function backOff(failures, signal) {
  const wait = Math.min(10000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
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
