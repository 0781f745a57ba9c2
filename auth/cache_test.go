package auth

import (
	"strconv"
	"testing"
	"time"
)

func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	var c cache
	now := time.Unix(1_800_000_000, 0)
	c.put("used", Principal{Subject: "u", Expires: now.Add(time.Hour)}, now)
	for i := range 3 * cacheSize {
		c.put(strconv.Itoa(i), Principal{Expires: now.Add(time.Hour)}, now)
		if p, ok := c.get("used", now); !ok || p.Subject != "u" {
			t.Fatalf("the token in use was dropped after %d others", i+1)
		}
	}
	if got := len(c.young) + len(c.old); got > cacheSize {
		t.Errorf("%d tokens kept, want at most %d", got, cacheSize)
	}
	if _, ok := c.get("0", now); ok {
		t.Error("the first of the others is still there")
	}
}

func TestCacheForgetsInTime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, test := range []struct {
		name        string
		valid, want time.Duration
	}{
		{"short-lived token: when it expires", time.Minute, time.Minute},
		{"long-lived token: when the key is due for another look", time.Hour, cacheFor},
		{"already expired, within the leeway: at once", -time.Second, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c cache
			c.put("token", Principal{Expires: now.Add(test.valid)}, now)
			if _, ok := c.get("token", now.Add(test.want-1)); ok != (test.want > 0) {
				t.Errorf("just before %v: found = %v", test.want, ok)
			}
			if _, ok := c.get("token", now.Add(test.want)); ok {
				t.Errorf("found after %v", test.want)
			}
		})
	}
}
