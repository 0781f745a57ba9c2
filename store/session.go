package store

import "errors"

// A Session is a sign-in of a user. It ends when the user signs out, changes the password in another session, or when it expires.
type Session struct {
	ID          ID     `json:"id"`
	UserID      ID     `json:"user_id"`
	RefreshHash string `json:"refresh_hash"`
	CreatedAt   Time   `json:"created_at"`
	ExpiresAt   Time   `json:"expires_at"`
}

// errRefreshTaken is returned if another session has the same refresh token. Tokens are random, so this does not happen by chance.
var errRefreshTaken = errors.New("another session has this refresh token")

// Session returns a session, or a NotFoundError if it does not exist or has expired.
func (tx *Tx) Session(id ID) (*Session, error) {
	s, err := sessions.get(tx, id)
	if err == nil && s.ExpiresAt <= tx.now {
		return nil, NotFoundError{sessions.kind}
	}
	return s, err
}

// SessionByRefresh returns the session whose refresh token has a hash, or a NotFoundError.
func (tx *Tx) SessionByRefresh(hash string) (*Session, error) {
	id, ok := sessions.find(tx, bucketSessionRefresh, []byte(hash))
	if !ok {
		return nil, NotFoundError{sessions.kind}
	}
	return tx.Session(id)
}

// maxSessions is how many sessions a user can have. A further sign-in ends the oldest.
const maxSessions = 50

// CreateSession sets the id and the time of s and stores it. It deletes sessions of the user that have expired, and the oldest ones if
// there are too many.
func (tx *Tx) CreateSession(s *Session) error {
	earlier := tx.sessionsOf(s.UserID)
	for i, id := range earlier {
		if _, err := tx.Session(id); err != nil || i <= len(earlier)-maxSessions {
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

// deleteSessions ends all sessions of a user but keep.
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
