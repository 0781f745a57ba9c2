package store

import (
	"context"
	"time"
)

// A Throttle slows down work that runs beside requests: it pauses after each step for as long as the step took. It ends with
// its context.
type Throttle struct {
	ctx    context.Context
	pauses bool
	began  time.Time // of the step
}

// NewThrottle returns a throttle for work beside requests.
func NewThrottle(ctx context.Context) *Throttle { return &Throttle{ctx: ctx, pauses: true} }

// Unthrottled returns a throttle that never pauses, for work that somebody waits for.
func Unthrottled(ctx context.Context) *Throttle { return &Throttle{ctx: ctx} }

// Restart returns a throttle like t for other work.
func (t *Throttle) Restart() *Throttle { return &Throttle{ctx: t.ctx, pauses: t.pauses} }

// stepTime is how long a step takes at least. The scheduler lets a busy goroutine go on for ten times as long while others
// wait for a processor.
const stepTime = time.Millisecond

// Step ends a step that has taken its time, and pauses. It returns the context's error.
func (t *Throttle) Step() error {
	if t.began.IsZero() {
		t.began = time.Now()
	}
	took := time.Since(t.began)
	if !t.pauses || took < stepTime {
		return t.ctx.Err()
	}
	select {
	case <-time.After(took):
	case <-t.ctx.Done():
	}
	t.began = time.Now()
	return t.ctx.Err()
}
