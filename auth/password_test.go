package auth

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func TestValidatePassword(t *testing.T) {
	for _, test := range []struct {
		name, password string
		want           error
	}{
		{"nine characters", "ninechars", ErrPasswordShort},
		{"ten characters", "tencharact", nil},
		{"nine characters of two bytes", strings.Repeat("é", 9), ErrPasswordShort},
		{"ten of which two are one letter", "nine-cha\u0301r", ErrPasswordShort},
		{"73 bytes", strings.Repeat("x", 73), nil},
		{"500 characters of two bytes", strings.Repeat("ب", 500), nil},
		{"500 letters of two characters", strings.Repeat("e\u0301", 500), nil},
		{"501 characters", strings.Repeat("x", 501), ErrPasswordLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ValidatePassword(test.password); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestHasher(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	long := strings.Repeat("x", 72)
	hash, err := h.Hash(long)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Hash(long)
	if err != nil || again == hash {
		t.Errorf("second hash %q equals the first (%v): no salt", again, err)
	}
	for _, test := range []struct {
		name, hash, password string
		want                 bool
	}{
		{"right", hash, long, true},
		{"wrong", hash, "wrong password", false},
		{"empty", hash, "", false},
		{"right, and more that bcrypt would ignore", hash, long + "y", false},
		{"nobody", "", "wrong password", false},
		{"damaged hash", hash[:20], long, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, outdated := h.Compare(test.hash, test.password); got != test.want || outdated {
				t.Errorf("got %v, outdated: %v, want %v", got, outdated, test.want)
			}
		})
	}
}

// Every byte of a long password counts, in any script.
func TestLongPasswords(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	for _, character := range []string{"x", "é", "ب", "界", "👨"} {
		long := strings.Repeat(character, MaxPasswordChars)
		hash, err := h.Hash(long)
		if err != nil {
			t.Fatal(err)
		}
		other := long[:len(long)-len(character)]
		for password, want := range map[string]bool{
			long: true, other + "y": false, long + "y": false, other: false, long[:maxBcrypt]: false, string(digested(long)[1:]): false,
		} {
			if got, outdated := h.Compare(hash, password); got != want || outdated {
				t.Errorf("%d bytes, %.8q…: got %v, outdated: %v, want %v", len(password), password, got, outdated, want)
			}
		}
	}
}

// A password is the same however a keyboard composes its letters. The hash of another form, from before they were compared, is right, and
// is to be replaced; the hash that replaces it is not.
func TestPasswordsAreComparedInNFC(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	const composed, decomposed = "mot de passé été", "mot de passe\u0301 e\u0301te\u0301"
	old, err := bcrypt.GenerateFromPassword([]byte(decomposed), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	now, err := h.Hash(decomposed)
	if err != nil {
		t.Fatal(err)
	}
	long, err := h.Hash(strings.Repeat(decomposed, 9))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, hash, password string
		right, outdated      bool
	}{
		{"NFC", now, composed, true, false},
		{"NFD", now, decomposed, true, false},
		{"long, NFC", long, strings.Repeat(composed, 9), true, false},
		{"long, NFD", long, strings.Repeat(decomposed, 9), true, false},
		{"old hash, as it was typed", string(old), decomposed, true, true},
		{"old hash, NFC", string(old), composed, false, false},
		{"old hash, without accents", string(old), "mot de passe ete", false, false},
		{"nobody", "", decomposed, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if right, outdated := h.Compare(test.hash, test.password); right != test.right || outdated != test.outdated {
				t.Errorf("right: %v, outdated: %v, want %v, %v", right, outdated, test.right, test.outdated)
			}
		})
	}
}

// A hash that an older program made of a password of 72 bytes.
func TestOldHash(t *testing.T) {
	password := strings.Repeat("x", maxBcrypt)
	old, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if right, outdated := NewHasher(bcrypt.MinCost).Compare(string(old), password); !right || outdated {
		t.Errorf("right: %v, outdated: %v", right, outdated)
	}
}

// An unknown e-mail must take as long as a wrong password: the decoy has to be a whole hash of the same cost.
func TestDecoyCostsWhatAHashCosts(t *testing.T) {
	h := NewHasher(bcrypt.MinCost + 1)
	if got, err := bcrypt.Cost([]byte(h.decoy)); got != bcrypt.MinCost+1 || err != nil {
		t.Errorf("cost of the decoy = %d (%v), want %d", got, err, bcrypt.MinCost+1)
	}
	err := bcrypt.CompareHashAndPassword([]byte(h.decoy), []byte("anything"))
	if !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("comparing with the decoy: %v, want a mismatch", err)
	}
}

// The margin is wide: without the comparison the answer would come a thousand times sooner.
func TestUnknownEmailTakesAsLong(t *testing.T) {
	h := NewHasher(bcrypt.MinCost + 4)
	hash, err := h.Hash("right password")
	if err != nil {
		t.Fatal(err)
	}
	fastest := func(hash string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			h.Check(hash, "wrong password")
			best = min(best, time.Since(start))
		}
		return best
	}
	if known, unknown := fastest(hash), fastest(""); unknown < known/100 {
		t.Errorf("unknown e-mail takes %v, a wrong password %v", unknown, known)
	}
}

func TestUnknownCostMeansDefault(t *testing.T) {
	for _, cost := range []int{0, bcrypt.MinCost - 1, bcrypt.MaxCost + 1} {
		if got := NewHasher(cost).cost; got != DefaultCost {
			t.Errorf("NewHasher(%d) has cost %d, want %d", cost, got, DefaultCost)
		}
	}
}

// When there are more callers than slots, all get a result, and every path releases its slot.
func TestHasherQueues(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	var all sync.WaitGroup
	for range 4 * cap(h.slots) {
		all.Go(func() {
			h.Check("", "password")
			h.Check("damaged", "password")
			_, _ = h.Hash(strings.Repeat("x", 73))
			h.Check("", "e\u0301")
		})
	}
	all.Wait()
	if len(h.slots) != 0 {
		t.Errorf("%d slots are still taken", len(h.slots))
	}
}
