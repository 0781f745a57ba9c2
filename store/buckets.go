package store

import "crm/store/kv"

// The buckets of the database.
const (
	bucketMeta      kv.Bucket = iota // "schema" → version, "id" → the database's own id
	bucketLog                        // sequence → Change
	bucketLogRecord                  // record id, sequence → nothing
	bucketCustomers
	bucketCustomerEmail
	bucketActivity // customer id → Activity
	bucketInteractions
	bucketInteractionCustomer
	bucketFeedback
	bucketFeedbackCustomer
	bucketFeedbackBooking
	bucketSegments
	bucketSegmentName
	bucketUsers
	bucketUserEmail
	bucketSessions
	bucketSessionUser
	bucketSessionRefresh
	bucketReplies
	bucketReplyTime
	bucketReplyRecord
	bucketBatches       // id → Batch
	bucketCustomerPhone // international number, 0, customer id → nothing
	bucketCount
)

// bucketNames are the names of the buckets in the file. A released name never changes.
var bucketNames = []string{
	"meta", "log", "log.record", "customers", "customers.email", "activity", "interactions", "interactions.customer",
	"feedback", "feedback.customer", "feedback.booking", "segments", "segments.name",
	"users", "users.email", "sessions", "sessions.user", "sessions.refresh",
	"replies", "replies.time", "replies.record", "batches", "customers.phone",
}

// openDB opens the database at a path for writing.
func openDB(path string) (*kv.DB, error) { return kv.Open(path, bucketNames) }

// readDB opens the database at a path read-only. Several processes may do so at a time.
func readDB(path string) (*kv.DB, error) { return kv.OpenReadOnly(path, bucketNames) }
