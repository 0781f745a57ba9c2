// Package s3 keeps files in a bucket of a server that speaks Amazon's S3.
//
//	location, err := s3.Parse("s3://backups/office?endpoint=s3.example.com&region=eu-west-3")
//	bucket, err := s3.Open(location, s3.Options{})
//	err = bucket.Put(ctx, "monday", file, size)
//
// The files:
//
//	location.go  the address of a bucket
//	bucket.go    requests to its server, and their errors
package s3
