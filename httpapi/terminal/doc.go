// Package terminal is how the commands speak to people: the sentences for errors, tables, passwords, progress and the browser.
// What goes wrong below is a typed fact; this package knows the flags and commands that a reader can use.
package terminal
