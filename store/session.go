package store

import "errors"

// A Session is one sign-in: it lives until logout, a password change elsewhere, or expiry.
type Session struct {
	ID          ID     `json:"id"`
	UserID      ID     `json:"user_id"`
	RefreshHash string `json:"refresh_hash"`
	CreatedAt   Time   `json:"created_at"`
	ExpiresAt   Time   `json:"expires_at"`
}

// errRefreshTaken is returned for a session whose refresh token another one has, which chance does not bring about.
var errRefreshTaken = errors.New("another session has this refresh token")

// Session is a session that has not ended, or a NotFoundError.
func (tx *Tx) Session(id ID) (*Session, error) {
	s, err := sessions.get(tx, id)
	if err == nil && s.ExpiresAt <= tx.now {
		return nil, NotFoundError{sessions.kind}
	}
	return s, err
}

// SessionByRefresh finds a session that has not ended by the hash of its refresh token.
func (tx *Tx) SessionByRefresh(hash string) (*Session, error) {
	id, ok := sessions.find(tx, bucketSessionRefresh, []byte(hash))
	if !ok {
		return nil, NotFoundError{sessions.kind}
	}
	return tx.Session(id)
}

// maxSessions is how many sign-ins a user can have at a time; one more ends the oldest.
const maxSessions = 50

// CreateSession gives s its id and time, stores it, and drops those of the user's sessions that have expired or are
// too many.
func (tx *Tx) CreateSession(s *Session) error {
	held := tx.sessionsOf(s.UserID)
	for i, id := range held {
		if _, err := tx.Session(id); err != nil || i <= len(held)-maxSessions {
			if _, err := sessions.remove(tx, id); err != nil {
				return err
			}
		}
	}
	s.ID, s.CreatedAt = tx.ids.Next(tx.now), tx.now
	_, err := sessions.insert(tx, s)
	return err
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(id ID) error {
	_, err := sessions.remove(tx, id)
	return err
}

// deleteSessions ends a user's sessions but one.
func (tx *Tx) deleteSessions(user, keep ID) error {
	for _, id := range tx.sessionsOf(user) {
		if id == keep {
			continue
		}
		if _, err := sessions.remove(tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) sessionsOf(user ID) (ids []ID) {
	for key := range tx.kv.Prefix(bucketSessionUser, user[:]) {
		ids = append(ids, idAt(key, 16))
	}
	return ids
}
