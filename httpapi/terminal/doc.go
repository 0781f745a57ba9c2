// Package terminal has what the commands print and ask. Other packages return typed errors and facts; this package makes sentences from
// them, with the flags and commands that a reader can use.
//
//	explain.go   errors; advice.go, how to bring back a backup
//	findings.go  the findings of crm doctor
//	print.go     addresses, and tables of users and backups
//	password.go  asking for a password
//	progress.go  how far a command is
//	browser.go   opening the browser
package terminal
