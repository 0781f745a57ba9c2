package terminal

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// Progress returns a function that prints how far a command is, at most one line per second, and only if w is a terminal.
func Progress(w io.Writer, what string) func(done, total int) {
	last := time.Now()
	return func(done, total int) {
		if now := time.Now(); IsTerminal(w) && now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(w, "%s %d of %d\n", what, done, total)
		}
	}
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
