package store

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

func benchmarkCreate(s *Store, n int64) error {
	_, err := s.Update(By{Actor: "bench"}, func(tx *Tx) error {
		c := person(fmt.Sprintf("c%d@example.com", n))
		c.FullName, c.Region, c.Tags = new("Fatima Zahra El Idrissi"), new("Marrakech"), []string{"family", "desert"}
		_, err := tx.CreateCustomer(c, nil)
		return err
	})
	return err
}

func BenchmarkCreate1(b *testing.B) {
	s := open(b)
	var n int64
	b.ReportAllocs()
	for b.Loop() {
		n++
		if err := benchmarkCreate(s, n); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}

func BenchmarkCreate64(b *testing.B) {
	s := open(b)
	var n atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := benchmarkCreate(s, n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}

// BenchmarkInteraction1 logs calls with a hundred customers, one after the other.
func BenchmarkInteraction1(b *testing.B) {
	s := open(b)
	ids := benchmarkCustomers(b, s, 100)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		i := &Interaction{CustomerID: ids[n%len(ids)], Channel: "phone", Subject: new("Call"), Summary: "Asked about the desert tour", Timestamp: Never}
		update(b, s, func(tx *Tx) error {
			_, err := tx.CreateInteraction(i, nil)
			return err
		})
	}
}

// BenchmarkUpdate1 changes one field of a customer.
func BenchmarkUpdate1(b *testing.B) {
	s := open(b)
	ids := benchmarkCustomers(b, s, 100)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		notes := fmt.Sprintf("Note %d", n)
		update(b, s, func(tx *Tx) error {
			_, err := tx.UpdateCustomer(ids[n%len(ids)], func(c *Customer) Invalid { c.Notes = &notes; return nil })
			return err
		})
	}
}

// benchmarkCustomers are the ids of n new customers.
func benchmarkCustomers(b *testing.B, s *Store, n int64) (ids []ID) {
	b.Helper()
	for n := range n {
		if err := benchmarkCreate(s, n); err != nil {
			b.Fatal(err)
		}
	}
	view(b, s, func(tx *Tx) error {
		for id := range tx.Customers(ID{}) {
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

func BenchmarkCustomerJSON(b *testing.B) {
	s := open(b)
	ids := benchmarkCustomers(b, s, 1000)
	buf := make([]byte, 0, 1024)
	n := 0
	for b.Loop() {
		n++
		err := s.View(func(tx *Tx) error {
			raw, err := tx.CustomerJSON(ids[n*7919%len(ids)])
			buf = append(buf[:0], raw...)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad fills a store with 100,000 small customers.
func BenchmarkLoad(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		s := open(b)
		rows := Rows{
			Customers: func(yield func(*Customer) bool) {
				ids := IDSource{Rand: rand.Reader}
				for i := range n {
					c := person(fmt.Sprintf("c%d@example.com", i))
					c.CreatedAt = Time(i)
					c.ID, c.UpdatedAt = ids.Next(c.CreatedAt), c.CreatedAt
					if !yield(c) {
						return
					}
				}
			},
			Interactions: func(func(*Interaction) bool) {}, Feedback: func(func(*Feedback) bool) {}, Segments: func(func(*Segment) bool) {},
		}
		if err := s.Load(By{}, rows, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
