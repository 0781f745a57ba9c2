package sample

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// A deck holds each thing as often as it is to occur, so that drawing takes one random number.
type deck[T any] []T

func (d deck[T]) draw(r *rand.Rand) T { return d[r.IntN(len(d))] }

// shares makes a deck of "Casablanca 30, Marrakech 24, …".
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

// ranked makes a deck in which things occur like names in a country: the first most often, the last some twenty times less.
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
