package store

import (
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// unlock gives the engine's lock of a file back, which is of the byte at the far end.
func unlock(file *os.File) error {
	return windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, &windows.Overlapped{Offset: math.MaxUint32, OffsetHigh: math.MaxUint32})
}
