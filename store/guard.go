package store

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// guarded makes an error of a panic that says that the file is damaged. Other panics go on.
func (k *kv) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			if !meansDamage(v) {
				panic(v)
			}
			err = k.damaged(fmt.Errorf("%v", v))
		}
	}()
	return engineError(fn())
}

// meansDamage reports whether a panic is one inside the engine, of a key that nobody here wrote, or of a read past the end of
// the file. It is called while recovering.
func meansDamage(v any) bool {
	_, fault := v.(interface{ Addr() uintptr })
	_, short := v.(shortKey)
	return fault || short || panickedInEngine()
}

func (k *kv) damaged(cause error) error {
	return (&DamagedError{Path: k.path, Cause: cause}).advised(k.backups)
}

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
