// Package httpapi serves the REST API of the specification over a store and an index.
//
//	api, err := httpapi.New(httpapi.Config{Store: st, Index: ix, Issuer: issuer, Verifier: verifier})
//	err = (&http.Server{Handler: api}).ListenAndServe()
//
// routes.go is the table of contents. A handler decodes, runs one transaction or one query, and responds; it
// returns an error, and fail (problem.go) alone knows which error is which status. Requests are refused in one
// order: 401, 403, then the body (413, 415, 400), then 404, 422 and 429.
package httpapi
