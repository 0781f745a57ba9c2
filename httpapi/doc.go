// Package httpapi serves the REST API of the specification over a store and an index.
//
//	api, err := httpapi.New(httpapi.Config{Store: st, Index: ix, Issuer: issuer, Verifier: verifier})
//	err = (&http.Server{Handler: api}).ListenAndServe()
//
// A handler decodes, runs one transaction or one query, and responds. It returns an error, for which package wire decides the status.
// Reasons to refuse a request are checked in a fixed order: 401, 403, then the body (413, 415, 400), then 404, 422 and 429.
//
// What every request passes:
//
//	api.go          what an API needs: Config, New; the default limits per minute
//	middleware.go   around every request: its id, the log, compression, panics
//	cors.go         which other sites' pages may call
//	clientaddr.go   the client's address behind trusted proxies
//	routes.go       every operation with its permission: the table of contents
//	dispatch.go     calling the handler of a path, and answering its error
//	caller.go       who calls: the token, its user and permissions
//	accounts.go     the cache of users and sessions behind tokens
//	readbody.go     the body's size and its quota
//	idempotency.go  the Idempotency-Key: a retry gets the first answer
//	ratelimit.go    writes by the minute: 429
//	readlimit.go    reading lists page by page: 429
//	quota.go        streams, exports, large bodies and large answers at a time: 429 and 503
//	update.go       transactions on behalf of the caller, If-Match
//	respond.go      answers: records, lists, 304
//	chunkwriter.go  long answers, with a deadline for each chunk
//
// The operations:
//
//	customers.go    customers and their summary
//	values.go       the values of customers' fields, for forms and filters
//	tags.go         tags of many customers
//	person.go       everything about one person: export and erasure
//	interactions.go interactions and their statistics
//	followups.go    follow-ups: filter, complete, snooze
//	feedback.go     feedback and its statistics
//	segments.go     segments and their customers
//	preview.go      the customers that a segment would have
//	membership.go   the segments of a customer
//	include.go      lists that have their customers too
//	export.go       CSV exports
//	signin.go       login, refresh, logout
//	me.go           the caller's own account and password
//	users.go        users and roles
//	audit.go        the history of a customer, the audit log
//	events.go       the stream of events to one client
//	feed.go         the newest events, read once for all streams
//	backups.go      backups on request, in the service's folders or sent to the caller
//	status.go       numbers and sizes for administrators; gauges.go, the gauges of the metrics
//	health.go       /health, /livez, /readyz
//	describe.go     the API's root: version, addresses, the office's clock
//	docs.go         openapi.yaml and the page that shows it
//	manual.go       the manual's pages
//	console.go      the browser console's files
//
// Package wire has what is read and written: bodies, parameters, problem documents, reasons and statuses, entity tags, envelopes.
package httpapi
