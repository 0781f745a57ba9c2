package server_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"

	"crm/httpapi/server"
)

// A service runs until its context ends.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(context.Background())
	settings := server.Settings{Data: dir, Listen: "127.0.0.1:0", Timezone: "Africa/Casablanca", Region: "MA", Log: slog.New(slog.DiscardHandler)}
	err = server.Run(ctx, settings, nil, func(started server.Started) error {
		go func() {
			defer stop()
			response, err := http.Get(started.Addresses[0] + "/livez")
			if err != nil {
				log.Print(err)
				return
			}
			defer response.Body.Close()
			answer, _ := io.ReadAll(response.Body)
			fmt.Println(string(answer))
		}()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: {"status":"ok","checks":{}}
}
