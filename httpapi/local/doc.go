// Package local is the client that the commands use for the API of a data folder on this machine.
//
// A command sends a request, whether a service runs or not. If no service runs on the folder, Open opens the store with an API in this
// process, which answers the request. If a service has the folder open, the request goes to that service.
//
//	client.go     Open, and sending requests
//	users.go      requests about users; backups.go, about backups
//	inprocess.go  an API in this process
//	service.go    the service that has the folder open
//	note.go       the file in which a service leaves its address
//	pin.go        the certificate of a service with TLS; proof.go, the key of one without
//	folder.go     whether a folder has data
//	diagnose.go   findings for the command crm doctor
package local
