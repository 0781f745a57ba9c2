package server

import (
	"context"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"crm/httpapi"
	"crm/store"
)

// statusEvery is how often the service manager gets the state of the service, unless it has a watchdog.
const statusEvery = 10 * time.Second

// notify tells systemd the state of the service until ctx ends (sd_notify(3)): READY=1 when lists and searches answer, STOPPING=1 at the
// end, STATUS= with a sentence, and WATCHDOG=1 at half of the watchdog's interval as long as the store answers. It returns at once if there
// is no service manager.
func (s *service) notify(ctx context.Context) {
	if !s.tell("STATUS=Reading the data for lists and searches") {
		return
	}
	for s.index.Wait(ctx, 0) != nil && ctx.Err() == nil {
		s.tell("EXTEND_TIMEOUT_USEC=60000000") // asks for another minute to start
	}
	if ctx.Err() == nil {
		s.watch(ctx)
	}
	s.tell(daemon.SdNotifyStopping, "STATUS=Finishing the requests under way")
}

// watch tells the state of a service that is ready.
func (s *service) watch(ctx context.Context) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.Warn("the service manager's watchdog is not fed", "err", err)
	}
	every := statusEvery
	if limit > 0 {
		every = limit / 2
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	lines := []string{daemon.SdNotifyReady}
	for told := ""; ; lines = nil {
		sentence, alive := s.pulse(limit)
		if alive && limit > 0 {
			lines = append(lines, daemon.SdNotifyWatchdog)
		}
		if sentence != told {
			told, lines = sentence, append(lines, "STATUS="+sentence)
		}
		if len(lines) > 0 {
			s.tell(lines...)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// pulse returns a sentence about the store, and whether it answers reads and ends commits within limit, or httpapi.StuckAfter if limit is
// 0.
func (s *service) pulse(limit time.Duration) (sentence string, alive bool) {
	if limit == 0 {
		limit = httpapi.StuckAfter
	}
	if s.store.Committing() > limit {
		return "Changes wait for a commit that does not end", false
	}
	if err := s.store.View(func(tx *store.Tx) error { tx.Schema(); return nil }); err != nil {
		return "The database cannot be read", false
	}
	switch s.api.StoreState() {
	case httpapi.StateFull:
		return "Changes are refused, for the disk is full", true
	case httpapi.StateOK:
		return "Serving", true
	}
	return "Changes are refused, for the last one did not reach the disk", true
}

// tell sends lines to the service manager, and reports whether there is one.
func (s *service) tell(lines ...string) bool {
	sent, err := daemon.SdNotify(false, strings.Join(lines, "\n"))
	if err != nil {
		s.log.Warn("the service manager cannot be told how the service is", "err", err)
	}
	return sent
}
