package terminal

import (
	"os"
	"os/exec"
	"runtime"
)

// OpenBrowser opens an address in the browser of this machine. It does nothing if there is none.
func OpenBrowser(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return // without a display xdg-open would start a browser in the terminal
		}
	}
	if cmd := exec.Command(name, args...); cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // in a goroutine, because the command may be the browser itself
	}
}
