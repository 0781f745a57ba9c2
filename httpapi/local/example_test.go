package local_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"crm/httpapi/local"
)

// A command adds a user, whether a service runs on the folder or not.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	client, err := local.Open(ctx, local.Folder{Dir: dir, Actor: "crm user add", Access: local.Create})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if err := client.AddUser(ctx, local.NewUser{Email: "fatima@example.com", Role: "agent", Password: "correct horse"}); err != nil {
		log.Fatal(err)
	}
	users, err := client.Users(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(users[0].Email, users[0].Roles[0].Name)
	// Output: fatima@example.com agent
}
