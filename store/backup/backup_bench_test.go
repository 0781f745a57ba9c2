package backup

import (
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crm/store"
	"crm/store/storetest"
)

// BenchmarkCreateDuringBackup measures how long 64 writers wait for each create, with nothing else going on and while
// one backup follows another. The store has 50,000 customers. The p99 with a backup should be at most twice that without.
func BenchmarkCreateDuringBackup(b *testing.B) {
	for _, name := range []string{"alone", "backup"} {
		b.Run(name, func(b *testing.B) {
			s := storetest.Open(b, b.TempDir(), store.WithWAL())
			var n atomic.Int64
			fillForBackup(b, s, &n)
			stop, stopped := make(chan struct{}), make(chan int, 1)
			go func() { stopped <- backups(b, s, name == "backup", stop) }()
			b.ResetTimer()
			took := measureCreates(b, s, &n)
			b.StopTimer()
			close(stop)
			b.ReportMetric(float64(<-stopped), "backups")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "creates/s")
		})
	}
}

func fillForBackup(b *testing.B, s *store.Store, n *atomic.Int64) {
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := n.Add(1); i <= 50_000; i = n.Add(1) {
				if err := benchmarkCreate(s, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// backups makes one after the other until stop is closed, and returns how many.
func backups(b *testing.B, s *store.Store, active bool, stop chan struct{}) (made int) {
	for ; active; made++ {
		if _, err := Make(b.Context(), s, filepath.Join(b.TempDir(), "one"+Suffix), ""); err != nil {
			b.Error(err)
			return made
		}
		select {
		case <-stop:
			return made
		default:
		}
	}
	<-stop
	return made
}

func measureCreates(b *testing.B, s *store.Store, n *atomic.Int64) (took []time.Duration) {
	parts := make([][]time.Duration, 64)
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	for w := range parts {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				began := time.Now()
				if err := benchmarkCreate(s, n.Add(1)); err != nil {
					b.Error(err)
					return
				}
				parts[w] = append(parts[w], time.Since(began))
			}
		})
	}
	wg.Wait()
	return slices.Concat(parts...)
}

func benchmarkCreate(s *store.Store, n int64) error {
	_, err := s.Update(store.By{Actor: "bench"}, func(tx *store.Tx) error {
		c := storetest.Person(storetest.Email(int(n)))
		c.FullName, c.Region, c.Tags = new("Fatima Zahra El Idrissi"), new("Marrakech"), []string{"family", "desert"}
		_, err := tx.CreateCustomer(c, nil)
		return err
	})
	return err
}
