package auth_test

import (
	"fmt"
	"log"
	"time"

	"crm/auth"
)

// A service issues a token when somebody signs in, and verifies it at every request.
func Example() {
	issuer, err := auth.NewIssuer(auth.NewKey())
	if err != nil {
		log.Fatal(err)
	}
	verifier := auth.NewVerifier(issuer, time.Now)

	throttle, hasher := auth.NewThrottle(time.Now), auth.NewHasher(4) // a low cost, for the example only
	hash, err := hasher.Hash("correct horse battery")
	if err != nil {
		log.Fatal(err)
	}
	if wait := throttle.Begin("fatima@example.com", "192.0.2.1"); wait > 0 {
		log.Fatal("too many failures")
	}
	if !hasher.Check(hash, "correct horse battery") {
		log.Fatal("wrong password")
	}
	throttle.Succeed("fatima@example.com", "192.0.2.1")
	token, err := issuer.Issue(auth.Claims{Subject: "fatima", Permissions: []string{"crm:read:*"}}, time.Now(), time.Minute)
	if err != nil {
		log.Fatal(err)
	}

	principal, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(principal.Subject)
	fmt.Println(auth.Allows(principal.Permissions, "crm:read:customers"), auth.Allows(principal.Permissions, "crm:delete:customers"))
	// Output:
	// fatima
	// true false
}
