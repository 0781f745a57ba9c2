package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// A plan says how a region numbers its telephones. It comes from libphonenumber's metadata. The library's own Parse and IsValidNumber
// take 50 µs for a number, which is too long for each row of a list or an import; what they need of the metadata is here in a form that
// takes two.
type plan struct {
	region  string                // ISO 3166; 001 for a code that no country has
	code    string                // the calling code: 212
	trunk   string                // what national numbers begin with: 0
	abroad  func() *regexp.Regexp // the international prefix, which is dialled before the code of another country
	prefix  string                // pattern of what may stand before the national number and is no part of it
	strip   func() *regexp.Regexp // compiled from prefix
	rule    string                // what takes the place of the prefix, "$1" for its group; usually nothing
	lengths uint32                // bit n: national numbers may have n digits
	general func() *regexp.Regexp // every national number
	types   func() *regexp.Regexp // the numbers that are known to be in use, such as those of mobile telephones
}

// A fit says how well digits fit a plan.
type fit uint8

const (
	unfit    fit = iota
	possible     // they have a length and a beginning that the region has
	certain      // their range is known to be in use
)

func newPlan(m *phonenumbers.PhoneMetadata) *plan {
	p := &plan{
		region: m.GetId(), code: strconv.Itoa(int(m.GetCountryCode())), trunk: Digits(m.GetNationalPrefix()),
		abroad: beginning(m.GetInternationalPrefix()), prefix: m.GetNationalPrefixForParsing(), rule: goRule(m.GetNationalPrefixTransformRule()),
		general: whole(m.GetGeneralDesc().GetNationalNumberPattern()), types: whole(typePatterns(m)...),
	}
	p.strip = beginning(p.prefix)
	for _, n := range m.GetGeneralDesc().GetPossibleLength() {
		if n > 0 {
			p.lengths |= 1 << n
		}
	}
	return p
}

func typePatterns(m *phonenumbers.PhoneMetadata) (patterns []string) {
	for _, desc := range []*phonenumbers.PhoneNumberDesc{
		m.GetMobile(), m.GetFixedLine(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetPersonalNumber(), m.GetVoip(),
		m.GetPager(), m.GetUan(), m.GetVoicemail(),
	} {
		if pattern := desc.GetNationalNumberPattern(); pattern != "" && pattern != "NA" && !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// whole returns a function that compiles, at its first call, a pattern of digits that match one of the patterns from beginning to end.
func whole(patterns ...string) func() *regexp.Regexp {
	return compiled(`^(?:` + strings.Join(patterns, "|") + `)$`)
}

// beginning is like whole, for digits that begin with a match.
func beginning(pattern string) func() *regexp.Regexp { return compiled(`^(?:` + pattern + `)`) }

func compiled(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// goRule returns a rule of the metadata as package regexp expects it, with ${1} for $1: it would read "$12" as group 12.
func goRule(rule string) string { return ruleGroup.ReplaceAllString(rule, `$${$1}`) }

var ruleGroup = regexp.MustCompile(`\$(\d)`)

// fit returns how well a national number, without prefixes, fits.
func (p *plan) fit(national string) fit {
	switch {
	case !p.isPossible(national):
		return unfit
	case p.types().MatchString(national):
		return certain
	}
	return possible
}

func (p *plan) isPossible(national string) bool {
	return len(national) < 32 && p.lengths&(1<<len(national)) != 0 && p.general().MatchString(national)
}

// read returns the national number in digits, which may have a prefix, and how well it fits one of the plans that share a calling code. The
// first plan defines the prefix.
func read(sharing []*plan, digits string) (national string, best fit) {
	main := sharing[0]
	national = main.withoutPrefix(digits)
	best = bestFit(sharing, national)
	if best == certain {
		return national, best
	}
	for _, other := range main.respelled(digits, national) {
		if f := bestFit(sharing, other); f > best {
			national, best = other, f
		}
	}
	return national, best
}

func bestFit(sharing []*plan, national string) (best fit) {
	for _, p := range sharing {
		if best = max(best, p.fit(national)); best == certain {
			break
		}
	}
	return best
}

// withoutPrefix removes what is not part of the national number, such as the trunk prefix. The prefix stays if the digits are a number only
// with it.
func (p *plan) withoutPrefix(digits string) string {
	if p.prefix == "" {
		return digits
	}
	without := ""
	if p.prefix == p.trunk { // nearly everywhere
		var ok bool
		if without, ok = strings.CutPrefix(digits, p.trunk); !ok {
			return digits
		}
	} else {
		at := p.strip().FindStringSubmatchIndex(digits)
		if at == nil || at[1] == 0 {
			return digits
		}
		without = digits[at[1]:]
		if last := len(at) - 1; p.rule != "" && last > 1 && at[last] >= 0 {
			without = string(p.strip().ExpandString(nil, p.rule, digits, at)) + without
		}
	}
	if p.isPossible(digits) && !p.isPossible(without) {
		return digits
	}
	return without
}

// respelled returns other numbers that a number which does not fit may mean. Some countries have changed how their mobile numbers are
// dialled: Mexico dropped a 1 behind the country code and 044 or 045 before the area, Brazil added a 9 behind the area, and Argentina
// writes both a 9 before the area and a 15 behind it, of which one counts.
func (p *plan) respelled(digits, national string) (others []string) {
	if rest, ok := strings.CutPrefix(digits, p.trunk); ok {
		others = append(others, rest)
	}
	switch p.region {
	case "MX":
		for _, prefix := range []string{"1", "01", "044", "045"} {
			if rest, ok := strings.CutPrefix(digits, prefix); ok {
				others = append(others, rest)
			}
		}
	case "BR":
		if len(national) == 10 && strings.ContainsRune("689", rune(national[2])) {
			others = append(others, national[:2]+"9"+national[2:])
		}
	case "AR":
		if rest, ok := strings.CutPrefix(digits, "9"); ok {
			others = append(others, p.withoutPrefix(rest))
		}
	}
	return others
}

// A planSet is the plans of the world.
type planSet struct {
	byRegion map[string]*plan
	byCode   map[string][]*plan // the main region of a code first
}

// plans returns the plans of the world.
var plans = sync.OnceValue(func() planSet {
	set := planSet{make(map[string]*plan), make(map[string][]*plan)}
	all, err := phonenumbers.MetadataCollection()
	if err != nil { // the metadata is part of the program
		panic(err)
	}
	for _, m := range all.GetMetadata() {
		p := newPlan(m)
		if p.region != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			set.byRegion[p.region] = p
		}
		if m.GetMainCountryForCode() {
			set.byCode[p.code] = slices.Insert(set.byCode[p.code], 0, p)
		} else {
			set.byCode[p.code] = append(set.byCode[p.code], p)
		}
	}
	return set
})

// ofCode returns the plans of the calling code that digits begin with, and the digits behind it.
func ofCode(digits string) ([]*plan, string) {
	for n := 1; n <= min(3, len(digits)); n++ {
		if found := plans().byCode[digits[:n]]; found != nil {
			return found, digits[n:]
		}
	}
	return nil, ""
}
