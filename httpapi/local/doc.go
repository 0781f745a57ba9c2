// Package local is the client that the commands use for the API of a data folder on this machine.
//
// There is one way to do a thing: a request. Where no service runs on the folder, Open opens the store, puts the API over it
// in this process, and the request goes to that handler (inprocess.go). Where a service has the folder open, the request
// goes to that service (service.go), whose address is in the note that it leaves in the folder (note.go).
package local
