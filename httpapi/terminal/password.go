package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"crm/auth"
)

// Password reads a password from a file, from a terminal or from another input, and checks the rules for new passwords. At a terminal it
// asks twice and shows nothing.
func Password(in io.Reader, prompt io.Writer, file string) (string, error) {
	password, err := readPassword(in, prompt, file)
	if err == nil {
		err = auth.ValidatePassword(password)
	}
	return password, err
}

func readPassword(in io.Reader, prompt io.Writer, file string) (string, error) {
	if file != "" {
		raw, err := os.ReadFile(file)
		return strings.TrimRight(string(raw), "\r\n"), err
	}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return askPassword(prompt, int(f.Fd()))
	}
	raw, err := io.ReadAll(io.LimitReader(in, 4096))
	if err == nil && len(raw) == 0 {
		return "", errors.New("no password: type one at the prompt, send it to standard input, or name a file with --password-file")
	}
	return strings.TrimRight(string(raw), "\r\n"), err
}

func askPassword(w io.Writer, fd int) (string, error) {
	fmt.Fprint(w, "Password: ")
	first, err := term.ReadPassword(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(w, "\nAgain: ")
	second, err := term.ReadPassword(fd)
	fmt.Fprintln(w)
	if err == nil && string(first) != string(second) {
		err = errors.New("the two passwords differ")
	}
	return string(first), err
}
