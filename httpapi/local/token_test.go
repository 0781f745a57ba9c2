package local_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"crm/httpapi/crmtest"
)

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crmtest.Refused(t, "crm serve", "", "token", "--data", filepath.Join(dir, "none"), "--subject", crmtest.Someone)
	crmtest.Write(t, crmtest.KeyFile(dir), bytes.Repeat([]byte("k"), 32))
	crmtest.Must(t, "", "token", "--data", dir, "--subject", crmtest.Someone)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"no subject", "--subject", nil},
		{"subject", "--subject", []string{"--subject", "fatima"}},
		{"no time", "--ttl", []string{"--subject", crmtest.Someone, "--ttl", "0s"}},
		{"negative time", "--ttl", []string{"--subject", crmtest.Someone, "--ttl", "-1h"}},
		{"unreadable time", "--ttl", []string{"--subject", crmtest.Someone, "--ttl", "soon"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			crmtest.Refused(t, test.want, "", append([]string{"token", "--data", dir}, test.args...)...)
		})
	}
	crmtest.Write(t, crmtest.KeyFile(dir), []byte("short"))
	crmtest.Refused(t, "key", "", "token", "--data", dir, "--subject", crmtest.Someone)
}
