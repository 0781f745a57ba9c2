package kv

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// guarded runs fn and turns a panic that means damage into a DamagedError. It does not recover from other panics.
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

// MeansDamage reports whether a panic comes from bbolt, from a ShortKey, or from a read past the end of the file. It must be called by the
// function that recovers from the panic.
func MeansDamage(v any) bool {
	_, fault := v.(interface{ Addr() uintptr })
	_, short := v.(ShortKey)
	return fault || short || panickedInEngine()
}

// Damaged returns a DamagedError of the file.
func (db *DB) Damaged(cause error) error { return &DamagedError{Path: db.path, Cause: cause} }

// A ShortKey is a value to panic with if a key or a value in the file is too short. View and Update turn such a panic into a DamagedError.
type ShortKey []byte

func (k ShortKey) String() string { return fmt.Sprintf("an entry is cut off: %x", []byte(k)) }

// panickedInEngine reports whether the function that panicked is one of bbolt.
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
