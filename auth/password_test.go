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
		{"72 bytes", strings.Repeat("x", 72), nil},
		{"73 bytes", strings.Repeat("x", 73), ErrPasswordLong},
		{"74 bytes in 37 characters", strings.Repeat("ب", 37), ErrPasswordLong},
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
			if got := h.Check(test.hash, test.password); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if _, err := h.Hash(long + "y"); !errors.Is(err, ErrPasswordLong) {
		t.Errorf("hash of 73 bytes: %v, want ErrPasswordLong", err)
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

// More callers than slots all come through: every path gives its slot back.
func TestHasherQueues(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	var all sync.WaitGroup
	for range 4 * cap(h.slots) {
		all.Go(func() {
			h.Check("", "password")
			h.Check("damaged", "password")
			_, _ = h.Hash(strings.Repeat("x", 73))
		})
	}
	all.Wait()
	if len(h.slots) != 0 {
		t.Errorf("%d slots are still taken", len(h.slots))
	}
}

// bcrypt takes no notice of what follows 72 bytes; whoever knows those must know the rest too.
func TestCheckOfLongerPassword(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	password := strings.Repeat("x", MaxPasswordBytes)
	hash, err := h.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	if !h.Check(hash, password) || h.Check(hash, password+"y") || h.Check(hash, strings.Repeat(password, 1<<13)) {
		t.Error("a longer password is taken for the one of 72 bytes")
	}
}
