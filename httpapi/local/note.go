package local

import (
	"encoding/json"
	"os"
	"path/filepath"

	"crm/store"
)

// NoteName is the file in the data folder that says where its service listens.
const NoteName = "server.json"

// A Note is what a service leaves in its data folder, so that other programs on the same machine find it.
type Note struct {
	URL         string `json:"address"`
	PID         int    `json:"pid"`
	Backups     string `json:"backups"`               // the folder where it keeps them
	Certificate string `json:"certificate,omitempty"` // the Fingerprint of the one in use, empty without TLS

	dir string
}

// NewNote returns a note of this process, which Write puts into the data folder.
func NewNote(dir, url, backups string) (*Note, error) {
	backups, err := filepath.Abs(backups)
	return &Note{URL: url, PID: os.Getpid(), Backups: backups, dir: dir}, err
}

// BackupsOf returns the folder where the service of a data folder keeps its backups, or kept them when it last ran.
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

// Write puts the note in place by a rename, because others may be reading it.
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
