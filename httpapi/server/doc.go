// Package server runs the service: it opens a data folder, listens, and answers requests until it is told to stop.
//
// Errors name the setting that is wrong. Package terminal makes sentences for people from them.
//
//	settings.go     the settings of a service, for which package main has the flags
//	run.go          what is started in which order, and what ends first
//	listen.go       listeners, and the addresses to open; connections.go limits their connections
//	tokens.go       the signing key, and other issuers of tokens
//	certificate.go  TLS certificates, which are read again when they change; acme.go, those of an authority
//	notify.go       the state of the service for systemd
//	tuning.go       how many CPUs and how much memory the service uses
//	demo.go         the data of crm demo
package server
