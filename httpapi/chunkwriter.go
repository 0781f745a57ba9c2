package httpapi

import (
	"errors"
	"net/http"
	"time"
)

// An unhurried answer takes as long as it needs, in pieces that each have their time: a client that does not take them is cut off.
type unhurried struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // how long the client may take for a piece
	bounded  bool          // writes can be given a deadline
}

// unhurried takes the server's deadline, which is for short requests, from the call.
func (c *call) unhurried(patience time.Duration) *unhurried {
	u := &unhurried{w: c.w, control: http.NewResponseController(c.w), patience: patience}
	u.bounded = !errors.Is(u.control.SetWriteDeadline(time.Now().Add(patience)), http.ErrNotSupported)
	return u
}

// renew gives what is written next its time.
func (u *unhurried) renew() { _ = u.control.SetWriteDeadline(time.Now().Add(u.patience)) }

// write hands a piece to the client and reports whether that is still there.
func (u *unhurried) write(piece []byte) bool {
	u.renew()
	_, err := u.w.Write(piece)
	return err == nil
}

// flush sends what was written without waiting for more.
func (u *unhurried) flush() { _ = u.control.Flush() }
