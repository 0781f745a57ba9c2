package store

import (
	"context"
	"time"
)

// A Throttle slows down background work, so that requests have half of the time: it pauses after each step for as long as the step took.
// It ends with its context.
type Throttle struct {
	ctx    context.Context
	pauses bool
	began  time.Time // when the present step began
}

// NewThrottle returns a throttle for background work.
func NewThrottle(ctx context.Context) *Throttle { return &Throttle{ctx: ctx, pauses: true} }

// Unthrottled returns a throttle that never pauses, for work that somebody waits for.
func Unthrottled(ctx context.Context) *Throttle { return &Throttle{ctx: ctx} }

// Restart returns a new throttle with the settings of t.
func (t *Throttle) Restart() *Throttle { return &Throttle{ctx: t.ctx, pauses: t.pauses} }

// stepTime is the least length of a step. The scheduler lets a busy goroutine run for ten times as long while others wait for a
// processor.
const stepTime = time.Millisecond

// Step pauses if the present step has taken stepTime, and begins the next. It returns the context's error.
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
