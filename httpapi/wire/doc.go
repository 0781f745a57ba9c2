// Package wire reads what clients send and writes what they are answered: it knows JSON, query parameters, problem documents and
// entity tags, and neither routes nor permissions.
package wire
