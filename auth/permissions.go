package auth

import "strings"

// Allows reports whether one of granted covers wanted, such as "crm:create:customers". A "*" in a
// granted permission stands for exactly one whole part: "crm:create:*", "crm:*:*" and "*:*:*" cover it,
// "*" and "crm:*" do not. A "*" in wanted is no wildcard.
func Allows(granted []string, wanted string) bool {
	for _, pattern := range granted {
		if covers(pattern, wanted) {
			return true
		}
	}
	return false
}

func covers(pattern, wanted string) bool {
	for {
		have, patternRest, patternMore := strings.Cut(pattern, ":")
		want, wantedRest, wantedMore := strings.Cut(wanted, ":")
		if want == "" || have != want && have != "*" || patternMore != wantedMore {
			return false
		}
		if !patternMore {
			return true
		}
		pattern, wanted = patternRest, wantedRest
	}
}
