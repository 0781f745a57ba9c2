// Package server runs the service: it opens a data folder, listens, and answers requests until it is told to stop.
//
// run.go is the life cycle: what is started in which order, and what ends first. Errors name the setting that is wrong; whoever
// took the settings from people explains them.
package server
