package console

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"crm/store"
)

func bundled(t testing.TB) *Bundle {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const consoleBudget = 150_000 // bytes, packed

func TestConsoleIsSmall(t *testing.T) {
	sum := 0
	for name, file := range bundled(t).Files {
		sum += len(file.Plain)
		if file.Packed != nil {
			sum += len(file.Packed) - len(file.Plain)
		}
		if lines := bytes.Count(file.Plain, []byte("\n")); path.Ext(name) == ".js" && lines > 250 {
			t.Errorf("%s: got %d lines, want 250 at most", name, lines)
		}
	}
	if sum > consoleBudget {
		t.Errorf("packed: got %d bytes, want %d at most", sum, consoleBudget)
	}
	t.Logf("%d bytes packed, %d files", sum, len(bundled(t).Files))
}

// consoleSources returns the console's own modules by name.
func consoleSources(t testing.TB) map[string]string {
	t.Helper()
	sources := make(map[string]string)
	for name, file := range bundled(t).Files {
		if path.Ext(name) == ".js" && path.Dir(name) != "vendor" {
			sources[name] = string(file.Plain)
		}
	}
	return sources
}

var unwanted = map[string]*regexp.Regexp{
	"an inline style":       regexp.MustCompile(`\sstyle=`),
	"an inline handler":     regexp.MustCompile(`(?i)\son[a-z]+=["']`),
	"a script in the page":  regexp.MustCompile(`<script[^>]*>[^<]`),
	"HTML made of texts":    regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write`),
	"code made of texts":    regexp.MustCompile(`\beval\(|new Function`),
	"an address of another": regexp.MustCompile(`https?://[a-z]`),
	"a physical direction":  regexp.MustCompile(`(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|(?:^|[\s;{])(?:left|right):`),
}

// The sources have nothing that the policy blocks, that could run a customer's name as code, or that has a fixed left or right.
func TestConsoleIsClean(t *testing.T) {
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, "vendor/") || path.Ext(name) == ".json" {
			return err
		}
		raw, err := files.ReadFile(name)
		text := strings.NewReplacer("http://www.w3.org/2000/svg", "", "https://wa.me/", "").Replace(string(raw)) // a name, and a link to a chat
		for what, pattern := range unwanted {
			if hit := pattern.FindString(text); hit != "" {
				t.Errorf("%s has %s: %q", name, what, hit)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A sentence has the forms of a sentence of a catalogue by plural category; the form is "" if there are no plurals.
type sentence map[string]string

func (s *sentence) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*s = sentence{"": text}
		return nil
	}
	return json.Unmarshal(raw, (*map[string]string)(s))
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// names returns the placeholders of all forms.
func (s sentence) names() []string {
	all := placeholder.FindAllString(strings.Join(slices.Collect(maps.Values(s)), " "), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func catalogue(t testing.TB, language string) map[string]sentence {
	t.Helper()
	var all map[string]sentence
	if err := json.Unmarshal(bundled(t).Files["lang/"+language+".json"].Plain, &all); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return all
}

// The three catalogues have the same keys and placeholders, and every plural form of their language.
func TestConsoleLanguages(t *testing.T) {
	english := catalogue(t, "en")
	plurals := map[string][]string{"en": {"one", "other"}, "fr": {"one", "other"}, "ar": {"few", "many", "one", "other", "two", "zero"}}
	for language, forms := range plurals {
		all := catalogue(t, language)
		for key, sentence := range all {
			want, ok := english[key]
			if !ok {
				t.Errorf("%s: %s is not in English", language, key)
				continue
			}
			got := slices.Sorted(maps.Keys(sentence))
			if plural := want[""] == ""; plural && !slices.Equal(got, forms) || !plural && !slices.Equal(got, []string{""}) {
				t.Errorf("%s: %s: got the forms %v", language, key, got)
			}
			for form, text := range sentence {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s %s is empty", language, key, form)
				}
			}
			if !slices.Equal(sentence.names(), want.names()) {
				t.Errorf("%s: %s: got placeholders %v, want %v", language, key, sentence.names(), want.names())
			}
		}
		for key := range english {
			if _, ok := all[key]; !ok {
				t.Errorf("%s: no %s", language, key)
			}
		}
	}
}

var (
	saidKey    = regexp.MustCompile(`'([a-z]+(?:\.[\w-]+)+)'`)
	saidPrefix = regexp.MustCompile(`'([a-z]+\.[\w-]*)' \+`)
	saidKind   = regexp.MustCompile(`\blabel\('([a-zA-Z_]+)',|\bnamed\('([a-z_]+)',`)
	askedFor   = regexp.MustCompile(`\bt\('([^']+)'[,)]`)
)

// The catalogues have every sentence of the sources, and no others.
func TestConsoleSentences(t *testing.T) {
	english := catalogue(t, "en")
	used := make(map[string]bool)
	prefixes := []string{"loyalty_status.", "contact_type.", "preferred_language.", "languages."} // label(key, …) with the key of a criterion or a field
	for name, text := range consoleSources(t) {
		for _, match := range askedFor.FindAllStringSubmatch(text, -1) {
			if _, ok := english[match[1]]; !ok {
				t.Errorf("%s says %s, which is in no catalogue", name, match[1])
			}
		}
		for _, match := range saidKey.FindAllStringSubmatch(text, -1) {
			used[match[1]] = true
		}
		for _, match := range saidPrefix.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(match[1], "crm.") { // names of what the browser stores
				prefixes = append(prefixes, match[1])
			}
		}
		for _, match := range saidKind.FindAllStringSubmatch(text, -1) {
			prefixes = append(prefixes, match[1]+match[2]+".")
		}
	}
	for _, prefix := range prefixes {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(english)), func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing in the catalogues begins with %s", prefix)
		}
	}
	for key := range english {
		if !used[key] && !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing says %s", key)
		}
	}
}

// bareText finds texts between tags, which would be in one language only.
var bareText = regexp.MustCompile("[^=\\s]>([^<>$`{}=();]*[A-Za-z]{3,}[^<>$`{}=();]*)(?:<|[$])")

func TestConsoleSaysNothingItself(t *testing.T) {
	for name, text := range consoleSources(t) {
		for _, match := range bareText.FindAllStringSubmatch(text, -1) {
			if word := strings.TrimSpace(match[1]); word != "crm" {
				t.Errorf("%s says %q in no language", name, word)
			}
		}
	}
}

// Every field in the change log has a name in the catalogues.
func TestConsoleFields(t *testing.T) {
	english := catalogue(t, "en")
	unsaid := []string{"id", "created_at", "updated_at", "password_hash", "customer_count", "phone_international"} // what the page or the log does not show
	for _, record := range []any{store.Customer{}, store.Interaction{}, store.Feedback{}, store.Segment{}, store.User{}} {
		raw, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			t.Fatal(err)
		}
		for field := range fields {
			if _, ok := english["field."+field]; !ok && !slices.Contains(unsaid, field) {
				t.Errorf("%T: no field.%s", record, field)
			}
		}
	}
}

// zonedDates finds conversions with the browser's time zone data.
var zonedDates = regexp.MustCompile(`\.(get|set)(FullYear|Month|Date|Day|Hours|Minutes|TimezoneOffset)\(|\.toLocale(Date|Time)?String\(|\.to(Date|Time)String\(|Intl\.DateTimeFormat|Date\(\w+, |timeZone: (?:[^'"]|.[^U])`)

// Nothing in the console uses the browser's time zone data.
func TestConsoleHasNoZone(t *testing.T) {
	for name, text := range consoleSources(t) {
		for _, found := range zonedDates.FindAllString(text, -1) {
			t.Errorf("%s converts by the zone of the browser: %s", name, found)
		}
	}
}

var (
	styleRule = regexp.MustCompile(`(?s)/\*.*?\*/|([^{}]+)\{`)
	styleName = regexp.MustCompile(`\.([a-zA-Z][\w-]*)`)
	styleWord = regexp.MustCompile(`[a-zA-Z][\w-]*`)
	madeNames = regexp.MustCompile(`^(tint-\d|new|bronze|silver|gold|platinum|vip)$`) // tints of an avatar, and the loyalty of a customer
)

// Every class of the styles is in a module.
func TestConsoleStyles(t *testing.T) {
	words := make(map[string]bool)
	for _, text := range consoleSources(t) {
		for _, word := range styleWord.FindAllString(text, -1) {
			words[word] = true
		}
	}
	for name, file := range bundled(t).Files {
		if path.Ext(name) != ".css" {
			continue
		}
		for _, rule := range styleRule.FindAllStringSubmatch(string(file.Plain), -1) {
			for _, class := range styleName.FindAllStringSubmatch(rule[1], -1) {
				if !madeNames.MatchString(class[1]) && !words[class[1]] {
					t.Errorf("%s: no module has the class %s", name, class[1])
				}
			}
		}
	}
}
