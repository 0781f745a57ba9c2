package terminal

import (
	"os"
	"os/exec"
	"runtime"
)

// OpenBrowser shows an address to whoever sits at this machine. Without a browser nothing happens: the address is printed too.
func OpenBrowser(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return // xdg-open would take the terminal for a browser in letters
		}
	}
	if cmd := exec.Command(name, args...); cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // it may be the browser itself, which outlives the demo
	}
}
