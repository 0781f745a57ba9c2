package manual

import (
	"cmp"
	"slices"
	"strings"

	"crm/store/text"
)

// A Hit is a section that has every word of a query.
type Hit struct {
	Section
	Title   string // of the section's page
	Excerpt string // of the text around the first word
}

// maxHits is how many sections a search shows.
const maxHits = 30

// Search returns the sections in which every word of a query begins a word, ignoring case and accents. Sections with a word in the heading
// come first; otherwise the order is that of the manual. It returns nil for a query without words.
func Search(query string) []Hit {
	words := wordsOf(query)
	if len(words) == 0 {
		return nil
	}
	var hits []Hit
	for _, p := range pages() {
		for _, s := range p.sections {
			text := " " + strings.Join(wordsOf(s.Heading+" "+s.Text), " ")
			if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, " "+word) }) {
				hits = append(hits, Hit{s, p.Title, excerpt(s.Text, words[0])})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(rank(a, words), rank(b, words)) })
	return hits[:min(len(hits), maxHits)]
}

// wordsOf splits s into folded words.
func wordsOf(s string) []string {
	words := strings.FieldsFunc(text.Fold(s), divides)
	for i, word := range words {
		words[i] = strings.Trim(word, "-.")
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}

// divides reports whether a character separates words. Hyphens and dots do not, because flags and file names have them.
func divides(r rune) bool {
	return !strings.ContainsRune("-.", r) && strings.ContainsRune(" \t\n`()[]{}<>,;:!?\"'*/|=", r)
}

// rank returns 0 for a section whose heading has one of the words, and else 1.
func rank(h Hit, words []string) int {
	heading := text.Fold(h.Heading)
	if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(heading, word) }) {
		return 0
	}
	return 1
}

// excerptSize is how many characters of a section a hit shows.
const excerptSize = 200

// excerpt returns the part of a text that begins a little before the first place of a word, cut at spaces.
func excerpt(text, word string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	at := 0
	if i := strings.Index(strings.ToLower(string(runes)), word); i > 0 {
		at = len([]rune(string(runes)[:min(i, len(string(runes)))]))
	}
	from := max(0, at-60)
	for from > 0 && runes[from-1] != ' ' {
		from--
	}
	to := min(len(runes), from+excerptSize)
	for to < len(runes) && runes[to] != ' ' {
		to++
	}
	out := string(runes[from:to])
	if from > 0 {
		out = "… " + out
	}
	if to < len(runes) {
		out += " …"
	}
	return out
}
