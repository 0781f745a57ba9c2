package httpapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// axe returns axe-core's source, or nothing if it is not installed.
func axe() string {
	raw, _ := os.ReadFile(filepath.Join("..", "testdata", "browser", "node_modules", "axe-core", "axe.min.js"))
	return string(raw)
}

// serious returns the findings of axe-core that make a page hard or impossible to use.
const serious = `axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => one.impact === 'serious' || one.impact === 'critical')
  .flatMap(one => one.nodes.map(node => one.id + ': ' + node.target.join(' ') + ': ' + node.failureSummary.replaceAll('\n', ' ') + ' ' + node.html.slice(0, 200))))`

// spoken returns the texts of a page, and whether each is marked as data: a name, an address, what somebody has written. It is null for
// attributes, which cannot be marked.
const spoken = `(() => {
  const all = [], add = (text, data) => { if (text?.trim()) all.push({text: text.trim(), data}); };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('script, noscript')) add(walk.currentNode.data, Boolean(walk.currentNode.parentElement.closest('#app bdi, #app [dir], #app [lang], .avatar, datalist')));
  for (const node of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
    for (const name of ['aria-label', 'placeholder', 'title']) add(node.getAttribute(name), null);
  }
  return all;
})()`

var (
	rawKey    = regexp.MustCompile(`^[a-z]+\.[\w.-]+$|\{\w+\}|undefined|NaN|Invalid Date|\[object`)
	latinWord = regexp.MustCompile(`\p{Latin}{2,}`)
	worldwide = regexp.MustCompile(`crm|CSV|Excel|WhatsApp|SMS|PDF|VIP|name@example\.com`) // in every language
)

// catalogue returns the console's sentences in a language by key, in all plural forms.
func catalogue(t testing.TB, language string) map[string][]string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(bundled(t).Files["lang/"+language+".json"].Plain, &all); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string][]string)
	for key, sentence := range all {
		forms, ok := sentence.(map[string]any)
		if !ok {
			forms = map[string]any{"": sentence}
		}
		for _, text := range forms {
			texts[key] = append(texts[key], text.(string))
		}
	}
	return texts
}

// untranslated returns the texts of the page that are in no catalogue, or in another language than the page.
func (b *browser) untranslated(language string) []string {
	b.t.Helper()
	own := make(map[string]bool)
	for _, texts := range catalogue(b.t, language) {
		for _, text := range texts {
			own[text] = true
		}
	}
	others := make(map[string]string)
	for _, other := range []string{"en", "fr", "ar"} {
		for key, texts := range catalogue(b.t, other) {
			for _, text := range texts {
				if !own[text] && len(text) > 3 {
					others[text] = other + " " + key
				}
			}
		}
	}
	type text struct {
		Text string
		Data *bool
	}
	var found []string
	for _, one := range eval[[]text](b, spoken) {
		switch {
		case one.Data != nil && *one.Data:
		case language == "ar" && one.Data != nil && latinWord.MatchString(worldwide.ReplaceAllString(one.Text, "")):
			found = append(found, fmt.Sprintf("%q is in Latin letters and not marked as data", one.Text))
		case own[one.Text]:
		case rawKey.MatchString(one.Text):
			found = append(found, "not said in words: "+one.Text)
		case others[one.Text] != "":
			found = append(found, fmt.Sprintf("%q is %s", one.Text, others[one.Text]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Every page is accessible and in the chosen language, in all themes: axe-core finds nothing serious, and no text is in another
// language.
func TestBrowserPages(t *testing.T) {
	source := axe()
	if source == "" && thorough() {
		needs(t, "axe-core (npm ci in testdata/browser)")
	}
	f := newOffice(t)
	b := newBrowser(t, f)
	if source == "" {
		t.Log("accessibility is not checked: that needs axe-core (npm ci in testdata/browser)")
	}
	wanted := regexp.MustCompile(os.Getenv(viewsVariable))
	check := func(v view, language, theme string) {
		where := strings.Join([]string{v.name, language, theme}, " ")
		for _, found := range b.untranslated(language) {
			t.Errorf("%s: %s", where, found)
		}
		if source == "" {
			return
		}
		eval[bool](b, source+"; true")
		for _, found := range eval[[]string](b, serious) {
			t.Errorf("%s: %s", where, found)
		}
	}
	check(view{name: "sign-in"}, "en", "light")
	b.signIn("admin@example.com")
	for i, v := range views(f) { // each page in both languages, and in both themes
		if !wanted.MatchString(v.name) {
			continue
		}
		themes := []string{"light", "dark", "light"}[i%2:]
		b.show(v, "fr", themes[0])
		check(v, "fr", themes[0])
		b.choose("ar", themes[1])
		check(v, "ar", themes[1])
	}
}

// choose switches the language and the theme.
func (b *browser) choose(language, theme string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(async () => {
		const { choose } = await import(new URL('lib/i18n.js', document.querySelector('script[type=module]').src));
		await choose(%q);
		return Boolean(document.documentElement.dataset.theme = %q);
	})()`, language, theme))
	b.until(fmt.Sprintf("document.documentElement.lang === %q", language))
	b.settle()
}
