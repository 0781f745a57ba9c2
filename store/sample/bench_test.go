package sample

import (
	"iter"
	"testing"
)

// A million customers, their two million interactions and half a million feedback.
func million() *Generator {
	return New(Options{Seed: 1, Customers: 1_000_000, Interactions: 2_000_000, Feedback: 500_000, Now: now})
}

func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		million()
	}
	b.ReportMetric(3_500_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCustomers(b *testing.B)    { benchmarkRows(b, million().Customers()) }
func BenchmarkInteractions(b *testing.B) { benchmarkRows(b, million().Interactions()) }
func BenchmarkFeedback(b *testing.B)     { benchmarkRows(b, million().Feedback()) }

func benchmarkRows[T any](b *testing.B, rows iter.Seq[T]) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n += count(rows)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}
