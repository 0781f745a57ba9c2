package server_test

import (
	"os"
	"testing"

	"crm/httpapi/crmtest"
)

func TestMain(m *testing.M) { os.Exit(crmtest.Main(m)) }
