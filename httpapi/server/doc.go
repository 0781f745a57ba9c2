// Package server runs the service: it opens a data folder, listens, and answers requests until it is told to stop.
//
//	err := server.Run(ctx, server.Settings{Data: dir, Listen: "127.0.0.1:8001", …}, prepare, func(s server.Started) error {
//		fmt.Println("listening at", s.Addresses[0])
//		return nil
//	})
//
// run.go is the life cycle: what is started in which order, and what ends first. Errors name the setting that is wrong; whoever
// took the settings from people explains them.
package server
