package server

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// cpus is the number of CPUs that the program may use, also in a container.
var cpus = runtime.GOMAXPROCS(0)

// shareCPUs sets GOMAXPROCS to twice the number of CPUs, unless the environment sets it. Go lets a background goroutine, such as one that
// merges the search index, run for 10 ms before another gets its turn. The operating system switches between threads more often, so
// requests wait less.
func shareCPUs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * cpus)
	}
}

// limitGarbage keeps the memory that waits for garbage collection near a fixed size, unless the environment sets GOGC. By default Go lets
// the heap double, which wastes memory if most of it is columns that live as long as the process.
func limitGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	const garbage = 48 << 20
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		metrics.Read(live)
		if n := live[0].Value.Uint64(); n > 0 {
			debug.SetGCPercent(int(min(100, max(15, 100*garbage/n))))
		}
	}
}
