package auth

import "testing"

func TestProof(t *testing.T) {
	key := NewKey()
	one, err := NewIssuer(key)
	if err != nil {
		t.Fatal(err)
	}
	same, err := NewIssuer(key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewIssuer(NewKey())
	if err != nil {
		t.Fatal(err)
	}
	proof := one.Prove("a challenge")
	if !same.Proves("a challenge", proof) {
		t.Error("who has the key does not accept the proof")
	}
	if other.Proves("a challenge", proof) || same.Proves("another challenge", proof) || same.Proves("a challenge", "") {
		t.Error("a wrong proof is accepted")
	}
}
