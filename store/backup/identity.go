package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"filippo.io/age"
)

// Recipients are those for whom a backup is encrypted: the owners of some keys, or whoever knows a passphrase.
type Recipients struct {
	list  []age.Recipient
	hints []string // the beginnings of the keys, which say to their owners which one is needed
}

// passphraseHint stands for a passphrase among the hints.
const passphraseHint = "passphrase"

var (
	// ErrRecipient is returned for what is no key of a recipient.
	ErrRecipient = errors.New("no key that backups can be encrypted for")
	// ErrNoPassphrase is returned for a file without a passphrase in it.
	ErrNoPassphrase = errors.New("the file has no passphrase in it")
	// ErrKeysAndPassphrase is returned for both: whoever has one of them could open the backup, and a file has room for one kind.
	ErrKeysAndPassphrase = errors.New("a backup is encrypted for keys or with a passphrase, not both")
)

// ParseRecipients reads keys that begin with age1, or the passphrase in a file. It returns nil where none is given.
func ParseRecipients(keys []string, passphraseFile string) (*Recipients, error) {
	switch {
	case len(keys) == 0 && passphraseFile == "":
		return nil, nil
	case len(keys) > 0 && passphraseFile != "":
		return nil, ErrKeysAndPassphrase
	case passphraseFile != "":
		return passphraseRecipient(passphraseFile)
	}
	r := &Recipients{}
	for _, key := range keys {
		parsed, err := age.ParseRecipients(bytes.NewReader([]byte(key)))
		if err != nil || len(parsed) != 1 {
			return nil, fmt.Errorf("%q: %w", key, ErrRecipient)
		}
		r.list, r.hints = append(r.list, parsed[0]), append(r.hints, key[:min(len(key), 20)]+"…")
	}
	return r, nil
}

func passphraseRecipient(file string) (*Recipients, error) {
	passphrase, err := readPassphrase(file)
	if err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	return &Recipients{[]age.Recipient{recipient}, []string{passphraseHint}}, nil
}

func readPassphrase(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if raw = bytes.TrimRight(raw, "\r\n"); len(raw) == 0 {
		return "", fmt.Errorf("%s: %w", file, ErrNoPassphrase)
	}
	return string(raw), nil
}

// Identities open encrypted backups.
type Identities struct{ list []age.Identity }

// LoadIdentities reads a file with secret keys, one a line, or else with a passphrase. It returns nil where no file is named.
func LoadIdentities(file string) (*Identities, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(bytes.ToUpper(raw), []byte("AGE-SECRET-KEY-")) {
		list, err := age.ParseIdentities(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return &Identities{list}, nil
	}
	passphrase, err := readPassphrase(file)
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	return &Identities{[]age.Identity{identity}}, nil
}

// NewIdentity makes a secret key in a new file and returns the key of its recipient.
func NewIdentity(file string) (recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	recipient = identity.Recipient().String()
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", recipient, identity)
	return recipient, errors.Join(err, f.Sync(), f.Close())
}
