// backOff waits longer after each failure, up to ten seconds, and not at all once the machine is on a network again.
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
