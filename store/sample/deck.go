package sample

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// A deck has each item as many times as it should occur, so that drawing one takes one random number.
type deck[T any] []T

func (d deck[T]) draw(r *rand.Rand) T { return d[r.IntN(len(d))] }

// shares returns a deck of items with their numbers, as in "Casablanca 30, Marrakech 24, …".
func shares(s string) deck[string] {
	var d deck[string]
	for entry := range strings.SplitSeq(s, ",") {
		entry = strings.TrimSpace(entry)
		space := strings.LastIndexByte(entry, ' ')
		n, err := strconv.Atoi(entry[space+1:])
		if err != nil {
			panic("no share: " + entry)
		}
		for range n {
			d = append(d, entry[:space])
		}
	}
	return d
}

// ranked returns a deck in which items are as frequent as names in a country: the first occurs some twenty times as often as the last.
func ranked[T any](things []T) deck[T] {
	const size, flat = 2048, 8
	var sum float64
	for i := range things {
		sum += 1 / float64(i+flat)
	}
	d := make(deck[T], 0, size+len(things))
	for i, thing := range things {
		for range 1 + int(size/sum/float64(i+flat)) {
			d = append(d, thing)
		}
	}
	return d
}

// list splits "a, b, c".
func list(s string) []string {
	items := strings.Split(strings.TrimSpace(s), ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}
