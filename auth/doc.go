// Package auth decides who is calling and what they may do. It stores nothing: callers provide hashes, keys and clocks, and check in their
// own store whether a session has ended.
//
// At start:
//
//	issuer, err := auth.NewIssuer(key) // key: auth.NewKey(), kept by the caller
//	verifier := auth.NewVerifier(issuer, time.Now, auth.Foreign{Keys: keys, Issuer: "https://id.example"})
//	hasher := auth.NewHasher(auth.DefaultCost)
//	throttle := auth.NewThrottle(time.Now)
//
// At every request:
//
//	principal, err := verifier.Verify(bearer) // any error is a 401; log it, do not send it
//	if principal.Session != "" { /* has it been ended? */ }
//	if !auth.Allows(principal.Permissions, "crm:read:customers") { /* 403 */ }
//
// At a login:
//
//	account := text.EmailKey(email)
//	if wait := throttle.Begin(account, address); wait > 0 { /* 429 */ }
//	if right, outdated := hasher.Compare(hashOrEmpty, password); !right { /* 401, the same for an unknown e-mail */ }
//	throttle.Succeed(account, address)
//	access, err := issuer.Issue(auth.Claims{Subject: id, Session: session, Permissions: …}, now, ttl)
//	refresh, hash := auth.NewRefreshToken() // send the token, store the hash
//
// The files:
//
//	roles.go        the roles and their permissions; permissions.go, whether one allows something
//	password.go     the rules and the hashes of passwords
//	throttle.go     slowing down those who guess passwords
//	token.go        issuing access tokens and refresh tokens
//	proof.go        proving that a service has a key
//	verify.go       verifying access tokens; cache.go, the cache of verified ones
//	keyset.go       the public keys of another issuer
package auth
