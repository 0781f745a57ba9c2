package local

import (
	"encoding/json"
	"os"
	"path/filepath"

	"crm/store"
)

// NoteName is the name of the file in the data folder with the address of its service.
const NoteName = "server.json"

// A Note is a file that a service leaves in its data folder, so that commands on the same machine find the service.
type Note struct {
	URL         string `json:"address"`
	PID         int    `json:"pid"`
	Backups     string `json:"backups"`               // the folder of the backups
	Certificate string `json:"certificate,omitempty"` // the Fingerprint of the certificate in use; empty without TLS

	dir string
}

// NewNote returns a note of this process. Write writes it to the data folder.
func NewNote(dir, url, backups string) (*Note, error) {
	backups, err := filepath.Abs(backups)
	return &Note{URL: url, PID: os.Getpid(), Backups: backups, dir: dir}, err
}

// BackupsOf returns the folder in which the service of a data folder keeps its backups, or kept them when it last ran.
func BackupsOf(dir string) string {
	note, err := readNote(dir)
	if err != nil || note.Backups == "" {
		return store.BackupsOf(dir)
	}
	return note.Backups
}

func readNote(dir string) (*Note, error) {
	note := &Note{dir: dir}
	return note, note.read()
}

func (n *Note) path() string { return filepath.Join(n.dir, NoteName) }

// read reads the note again.
func (n *Note) read() error {
	raw, err := os.ReadFile(n.path())
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, n)
}

// Write writes the note to a temporary file and renames that, because others may be reading the note.
func (n *Note) Write() error {
	raw, err := store.Encode(n)
	if err != nil {
		return err
	}
	if err := os.WriteFile(n.path()+".new", append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(n.path()+".new", n.path())
}

// Remove deletes the note.
func (n *Note) Remove() error { return os.Remove(n.path()) }
