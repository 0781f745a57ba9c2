package local_test

import (
	"errors"
	"os"
	"testing"

	"crm/httpapi/crmtest"
	"crm/store"
)

func TestMain(m *testing.M) { os.Exit(crmtest.Main(m)) }

// inStore opens a folder's store for a function.
func inStore(dir string, fn func(*store.Store) error) error {
	st, err := store.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(fn(st), st.Close())
}
