// Package auth decides who is calling and what they may do. It keeps nothing on disk and knows no
// users: callers bring hashes, keys and clocks, and ask their own store whether a session still lives.
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
//	refresh, hash := auth.NewRefreshToken() // hand out the one, store the other
package auth
