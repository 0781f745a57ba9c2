package sample

import (
	"strings"
	"sync"

	"crm/store/text"
)

// words has all names and companies.
type words struct {
	cultures []culture
	byShare  deck[uint8] // indexes of cultures
	firsts   map[string]int
	lasts    map[string]int
	domains  map[string]bool
	count    int // companies
}

// A culture has the names, languages, regions and phone numbers of customers from one country.
type culture struct {
	nationality string
	share       int            // percentage of all customers
	firsts      [2]deck[*name] // of women and men
	lasts       deck[*name]
	twoLasts    bool // whether people have two family names
	arabic      int  // percent of the names in Arabic script
	languages   deck[string]
	regions     deck[string]
	mobiles     []string // # is any digit
	landlines   []string
	companies   []company
	texts       deck[*texts] // in what language they write, and the office about them
}

// A name is a first or last name.
type name struct {
	latin, arabic string // arabic is empty outside the Arab world
	mail          string // for e-mail addresses: a to z only
	id            int    // the same for names with the same mail
}

// A company has a domain that no other company has.
type company struct {
	name, domain string
	id           int
}

// vocabulary returns the words, which are made at its first call.
var vocabulary = sync.OnceValue(func() *words {
	w := &words{firsts: make(map[string]int), lasts: make(map[string]int), domains: make(map[string]bool)}
	w.cultures = []culture{
		w.moroccan(), w.french(), w.spanish(), w.british(), w.german(), w.american(), w.italian(),
		w.emirati(), w.saudi(),
	}
	for i, c := range w.cultures {
		for range c.share {
			w.byShare = append(w.byShare, uint8(i))
		}
	}
	return w
})

func (w *words) first(women, men string) [2]deck[*name] {
	return [2]deck[*name]{ranked(names(women, w.firsts)), ranked(names(men, w.firsts))}
}

func (w *words) last(s string) deck[*name] { return ranked(names(s, w.lasts)) }

// names parses a list such as "Fatima=فاطمة, Hélène". It numbers the forms for e-mail addresses in ids.
func names(s string, ids map[string]int) []*name {
	var all []*name
	for _, entry := range list(s) {
		n := &name{}
		n.latin, n.arabic, _ = strings.Cut(entry, "=")
		n.mail = slug(n.latin, "")
		id, ok := ids[n.mail]
		if !ok {
			id = len(ids)
			ids[n.mail] = id
		}
		n.id = id
		all = append(all, n)
	}
	return all
}

// companiesOf replaces the star of each kind, as in "Riad *", by each stem. It drops a company whose domain exists already.
func (w *words) companiesOf(stems, kinds string) []company {
	var all []company
	for _, stem := range list(stems) {
		for _, kind := range list(kinds) {
			c := company{name: strings.Replace(kind, "*", stem, 1), id: w.count}
			c.domain = slug(c.name, "-")
			if w.domains[c.domain] {
				continue
			}
			w.domains[c.domain] = true
			w.count++
			all = append(all, c)
		}
	}
	return all
}

// slug returns the folded letters of a name, with sep in place of everything between them.
func slug(s, sep string) string {
	letters := strings.FieldsFunc(text.Fold(s), func(r rune) bool { return r < 'a' || r > 'z' })
	return strings.Join(letters, sep)
}
