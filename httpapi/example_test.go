package httpapi_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"crm/auth"
	"crm/httpapi"
	"crm/index"
	"crm/store"
	"crm/store/backup"
)

// An API is a handler over a store and an index that follows it.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	ix := index.New(st, filepath.Join(dir, store.IndexName), index.Options{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- ix.Run(ctx) }()
	defer func() { stop(); <-done }()

	issuer, err := auth.NewIssuer(auth.NewKey())
	if err != nil {
		log.Fatal(err)
	}
	api, err := httpapi.New(httpapi.Config{
		Store: st, Index: ix, Backups: &backup.Schedule{Store: st, Dir: filepath.Join(dir, store.BackupsName)},
		Issuer: issuer, Verifier: auth.NewVerifier(issuer, time.Now),
	})
	if err != nil {
		log.Fatal(err)
	}
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/v1/customers/", nil))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 401 application/problem+json
}
