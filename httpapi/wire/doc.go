// Package wire reads what clients send and writes what they get: it knows JSON, query parameters, problem documents and entity tags,
// but neither routes nor permissions.
//
//	body, err := wire.ParseBody(raw, zone)
//	body.Require("email")
//	body.Text("email", &customer.Email)
//	return body.Problems // with all that is wrong
//
// What is where:
//
//	decode.go   the media type of a body, and its JSON
//	body.go     the fields of a body
//	params.go   query parameters
//	list.go     pages, orders and envelopes of lists
//	time.go     dates and times that people write
//	version.go  entity tags (ETag, If-Match, If-None-Match)
//	problem.go  problem documents
//	reason.go   why a request is refused, and the status of each reason
//	refusal.go  errors that carry a reason and facts
package wire
