// Command delete shows how the system deletes files that were never mapped and files that were: with os.Remove, then with
// os.RemoveAll, which on Windows asks for POSIX semantics. Wine 8 has none and says "Invalid function" to the second, mapped or not.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	for _, mapped := range []bool{false, true} {
		for name, remove := range map[string]func(string) error{"Remove": os.Remove, "RemoveAll": os.RemoveAll} {
			path := filepath.Join(os.TempDir(), fmt.Sprint("delete-", os.Getpid(), mapped, name))
			fmt.Println("mapped:", mapped, name, create(path, mapped), remove(path))
			_ = os.Remove(path)
		}
	}
}

// create makes a file and closes it, and the map of it.
func create(path string, mapped bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(make([]byte, 8192)); err != nil || !mapped {
		return err
	}
	handle, err := syscall.CreateFileMapping(syscall.Handle(file.Fd()), nil, syscall.PAGE_READONLY, 0, 8192, nil)
	if err != nil {
		return err
	}
	defer syscall.CloseHandle(handle)
	at, err := syscall.MapViewOfFile(handle, syscall.FILE_MAP_READ, 0, 0, 8192)
	if err != nil {
		return err
	}
	return syscall.UnmapViewOfFile(at)
}
