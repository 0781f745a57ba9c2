package httpapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"crm/store"
)

func bundled(t testing.TB) *consoleBundle {
	t.Helper()
	b, err := console()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fetchPacked gets a path as a browser does, which can unpack gzip.
func (f *fixture) fetchPacked(path string) *answer {
	f.t.Helper()
	r := newRequest(f.t, "GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	return f.do(r)
}

// Each file is served under the hash of all, to be kept for ever, plain and packed.
func TestConsoleFiles(t *testing.T) {
	f := newFixture(t)
	b := bundled(t)
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
	for name, file := range b.files {
		f.run(name, func(t *testing.T) {
			at := consolePath + b.hash + "/" + name
			plain := f.send("GET", at, nil).want(http.StatusOK)
			if !bytes.Equal(plain.body, file.plain) || plain.header.Get("Content-Encoding") != "" {
				t.Errorf("got %d bytes, %q, want the file as it is", len(plain.body), plain.header.Get("Content-Encoding"))
			}
			if got, want := plain.header.Get("Content-Type"), kinds[path.Ext(name)]; want == "" || !strings.HasPrefix(got, want) {
				t.Errorf("Content-Type: got %q, want %q", got, want)
			}
			if got := plain.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("Cache-Control: got %q", got)
			}
			packed := f.fetchPacked(at).want(http.StatusOK)
			if file.packed == nil {
				return
			}
			unpacked, err := gzip.NewReader(bytes.NewReader(packed.body))
			if err != nil || packed.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("packed: got %q, %v", packed.header.Get("Content-Encoding"), err)
			}
			if got, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(got, file.plain) {
				t.Errorf("unpacked: got %d bytes, %v, want %d", len(got), err, len(file.plain))
			}
		})
	}
	for _, at := range []string{"", b.hash, b.hash + "/", b.hash + "/main.js.gz", b.hash + "/index.html", b.hash + "/vendor/preact.LICENSE", b.hash + "/../main.js", "0000/main.js"} {
		bare(f, "GET", consolePath+at, nil).wantProblem(http.StatusNotFound, "Not found")
	}
	bare(f, "OPTIONS", consolePath+b.hash+"/main.js", nil).want(http.StatusNoContent)
	post := bare(f, "POST", consolePath+b.hash+"/main.js", "{}").wantProblem(http.StatusMethodNotAllowed, "Method POST is not allowed here")
	if got := post.header.Get("Allow"); got != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow: got %q", got)
	}
}

// The page is asked for each time, costs nothing when it is known, and runs nothing but files of ours.
func TestConsolePage(t *testing.T) {
	f := newFixture(t)
	b := bundled(t)
	page := f.send("GET", "/", nil).want(http.StatusOK)
	for name, want := range map[string]string{"Cache-Control": "no-cache", "Etag": `"` + b.hash + `"`, "Content-Security-Policy": consolePolicy} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if strings.Contains(consolePolicy, "unsafe") {
		t.Errorf("policy: got %q, want nothing unsafe", consolePolicy)
	}
	again := newRequest(t, "GET", "/", nil)
	again.Header.Set("If-None-Match", page.header.Get("Etag"))
	f.do(again).want(http.StatusNotModified)
	for name := range b.files {
		if path.Ext(name) == ".js" && !bytes.Contains(page.body, []byte(consolePath+b.hash+"/"+name)) {
			t.Errorf("the page does not ask for %s in advance", name)
		}
	}
	if bytes.Contains(page.body, []byte("{{")) || bytes.Contains(page.body, []byte("<!-- modules")) {
		t.Errorf("the page is not filled in: %s", page.body)
	}
}

const consoleBudget = 150_000 // bytes, packed

func TestConsoleIsSmall(t *testing.T) {
	sum := 0
	for name, file := range bundled(t).files {
		sum += len(file.plain)
		if file.packed != nil {
			sum += len(file.packed) - len(file.plain)
		}
		if lines := bytes.Count(file.plain, []byte("\n")); path.Ext(name) == ".js" && lines > 250 {
			t.Errorf("%s: got %d lines, want 250 at most", name, lines)
		}
	}
	if sum > consoleBudget {
		t.Errorf("packed: got %d bytes, want %d at most", sum, consoleBudget)
	}
	t.Logf("%d bytes packed, %d files", sum, len(bundled(t).files))
}

// sources are the console's own modules by name.
func consoleSources(t testing.TB) map[string]string {
	t.Helper()
	sources := make(map[string]string)
	for name, file := range bundled(t).files {
		if path.Ext(name) == ".js" && path.Dir(name) != "vendor" {
			sources[name] = string(file.plain)
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

// What the policy would stop, what would let a customer's name run as code, and what would not turn with the language.
func TestConsoleIsClean(t *testing.T) {
	err := fs.WalkDir(consoleFiles, "console", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "/vendor/") || path.Ext(name) == ".json" {
			return err
		}
		raw, err := consoleFiles.ReadFile(name)
		text := strings.ReplaceAll(string(raw), "http://www.w3.org/2000/svg", "")
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

// A sentence of a catalogue: its forms by plural category; one without plurals has the form "".
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

// names are the placeholders of all forms together.
func (s sentence) names() []string {
	all := placeholder.FindAllString(strings.Join(slices.Collect(maps.Values(s)), " "), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func catalogue(t testing.TB, language string) map[string]sentence {
	t.Helper()
	var all map[string]sentence
	if err := json.Unmarshal(bundled(t).files["lang/"+language+".json"].plain, &all); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return all
}

// The three languages say the same: the same keys, the same placeholders, every plural form that the language has.
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

// Every sentence that the sources say is in the catalogues, and the catalogues have no others.
func TestConsoleSentences(t *testing.T) {
	english := catalogue(t, "en")
	used := make(map[string]bool)
	prefixes := []string{"loyalty_status.", "contact_type.", "preferred_language.", "languages."} // label of a criterion's or a field's key
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

// bareText are texts between tags, which would be shown in one language only.
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

// Whatever the log says of a record has a name in the catalogues.
func TestConsoleFields(t *testing.T) {
	english := catalogue(t, "en")
	unsaid := []string{"id", "created_at", "updated_at", "password_hash", "customer_count"} // what the page, or the log, leaves out
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
