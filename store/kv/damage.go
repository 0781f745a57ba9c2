package kv

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// guarded runs fn and turns a panic over damage into a DamagedError. Other panics go on.
func (db *DB) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			if !MeansDamage(v) {
				panic(v)
			}
			err = db.Damaged(fmt.Errorf("%v", v))
		}
	}()
	return Classify(fn())
}

// MeansDamage reports whether a panic comes from bbolt, from a ShortKey, or from a read past the end of the file. It must be
// called while the panic is being recovered from.
func MeansDamage(v any) bool {
	_, fault := v.(interface{ Addr() uintptr })
	_, short := v.(ShortKey)
	return fault || short || panickedInEngine()
}

// Damaged returns an error that says that the file is damaged.
func (db *DB) Damaged(cause error) error { return &DamagedError{Path: db.path, Cause: cause} }

// A ShortKey is a value to panic with over a key, or a value, that is too short for what its reader takes from it. In View
// and Update such a panic becomes a DamagedError.
type ShortKey []byte

func (k ShortKey) String() string { return fmt.Sprintf("an entry is cut off: %x", []byte(k)) }

// panickedInEngine reports whether the function that panicked is bbolt's.
func panickedInEngine() bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for panicking := false; ; {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime."):
			panicking = panicking || frame.Function == "runtime.gopanic"
		case panicking:
			return strings.HasPrefix(frame.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}
