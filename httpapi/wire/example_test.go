package wire_test

import (
	"fmt"
	"log"

	"crm/httpapi/wire"
	"crm/store/zone"
)

// Fields are read one by one. All problems are reported together.
func ExampleParseBody() {
	body, err := wire.ParseBody([]byte(`{"full_name":"Ahmed Hassan","is_active":"yes"}`), zone.UTC)
	if err != nil {
		log.Fatal(err)
	}
	var name, email string
	var active bool
	body.Require("full_name", "email")
	body.Text("full_name", &name)
	body.Text("email", &email)
	body.Bool("is_active", &active, true)
	fmt.Println(name)
	for _, problem := range body.Problems {
		fmt.Println(problem.Field, problem.Type)
	}
	// Output:
	// Ahmed Hassan
	// email missing
	// is_active bool_type
}
