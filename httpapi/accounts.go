package httpapi

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
)

// An account is the user and the session that a token names.
type account struct {
	user        *store.User // nil for a subject that is unknown here; shared between requests
	session     *store.ID   // nil for a token without one
	permissions []string    // of the user's roles, with a session
	until       store.Time  // when the session expires
	as          uint64      // the value of Store.Accounts when this was read
}

type accountKey struct {
	subject store.ID
	session string
}

// accounts caches accepted accounts, so that most requests read neither user nor session from the store.
type accounts struct {
	mu    sync.RWMutex
	known map[accountKey]account
}

// maxAccounts is the size of the cache. When it is full, it is emptied.
const maxAccounts = 4_096

func (l *accounts) get(key accountKey, as uint64, now store.Time) (account, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	known, ok := l.known[key]
	return known, ok && known.as == as && now < known.until
}

func (l *accounts) put(key accountKey, known account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil || len(l.known) >= maxAccounts {
		l.known = make(map[accountKey]account)
	}
	l.known[key] = known
}

// account returns the user and session of a token, or an error that refuses the token.
func (a *API) account(key accountKey) (account, error) {
	as := a.Store.Accounts()
	if known, ok := a.accounts.get(key, as, a.Store.Now()); ok {
		return known, nil
	}
	known := account{as: as, until: math.MaxInt64}
	err := a.Store.View(func(tx *store.Tx) error {
		user, err := tx.User(key.subject)
		switch {
		case errors.Is(err, store.ErrNotFound) && key.session == "":
			return nil
		case err != nil:
			return refused(err)
		case !user.IsActive:
			return fmt.Errorf("%w: user is not active", wire.ErrCredentials)
		}
		known.user = user
		if key.session == "" {
			return nil
		}
		id, err := store.ParseID(key.session)
		if err != nil {
			return refused(err)
		}
		session, err := tx.Session(id)
		if err != nil || session.UserID != key.subject {
			return fmt.Errorf("%w: session has ended", wire.ErrCredentials)
		}
		known.session, known.permissions, known.until = &id, auth.PermissionsOf(user.Roles), session.ExpiresAt
		return nil
	})
	if err == nil {
		a.accounts.put(key, known)
	}
	return known, err
}
