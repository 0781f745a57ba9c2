package server

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// cpus are those that the program may use, in a container too.
var cpus = runtime.GOMAXPROCS(0)

// shareCPUs lets twice as many goroutines run as there are CPUs, unless the environment says how many. Go lets what runs
// in the background, such as the merging of the search index, keep its turn for 10 ms. The system divides a CPU finer,
// so that requests wait less.
func shareCPUs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * cpus)
	}
}

// limitGarbage keeps what waits to be collected near garbage bytes, unless the environment says how much that may be. Go's
// default lets a heap double, which a heap of columns that live as long as the process does not need.
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
