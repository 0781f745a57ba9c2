package httpapi

import (
	"errors"
	"net/http"
	"time"
)

// A chunkWriter writes an answer that takes as long as it needs, in chunks that each have a deadline: a client that does not receive
// a chunk in time is cut off.
type chunkWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	timeout  time.Duration // of each chunk
	deadline bool          // writes can be given a deadline
}

// chunked replaces the server's write deadline, which is for short requests, by one for each chunk.
func (c *call) chunked(timeout time.Duration) *chunkWriter {
	w := &chunkWriter{w: c.w, control: http.NewResponseController(c.w), timeout: timeout}
	w.deadline = !errors.Is(w.control.SetWriteDeadline(time.Now().Add(timeout)), http.ErrNotSupported)
	return w
}

// extend gives the next chunk its deadline.
func (w *chunkWriter) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(w.timeout)) }

// write sends a chunk and reports whether the client is still there.
func (w *chunkWriter) write(chunk []byte) bool {
	w.extend()
	_, err := w.w.Write(chunk)
	return err == nil
}

// flush sends what was written without waiting for more.
func (w *chunkWriter) flush() { _ = w.control.Flush() }
