package sample

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"crm/store"
)

// The texts of one language. Function fill replaces names in braces.
type texts struct {
	topics    []topic
	messages  []string // of customers by WhatsApp and SMS, or of the office to them
	notes     []string // about a customer
	praise    opinions
	mixed     []string
	complaint opinions
	remedies  []string // how a complaint was settled

	tours, places, months, parties []string
}

// A topic of an interaction.
type topic struct{ subject, summary string }

// opinions has texts by service. Services without texts have the general ones.
type opinions map[string][]string

func (o opinions) on(service string) []string {
	if own := o[service]; len(own) > 0 {
		return own
	}
	return o["General"]
}

// about returns the opinions for a rating of a service.
func (t *texts) about(rating int64, service string) []string {
	switch store.Sentiment(rating) {
	case "positive":
		return t.praise.on(service)
	case "neutral":
		return t.mixed
	}
	return t.complaint.on(service)
}

// pick returns any of the items.
func pick[T any](r *rand.Rand, items []T) T { return items[r.IntN(len(items))] }

// fill replaces the names in braces in a template.
func (w *writer) fill(t *texts, template string) string {
	before, rest, found := strings.Cut(template, "{")
	if !found {
		return template
	}
	b := append(w.buf[:0], before...)
	for found {
		var word string
		word, rest, _ = strings.Cut(rest, "}")
		b = w.appendWord(b, t, word)
		before, rest, found = strings.Cut(rest, "{")
		b = append(b, before...)
	}
	w.buf = b
	return string(b)
}

func (w *writer) appendWord(b []byte, t *texts, word string) []byte {
	switch word {
	case "tour":
		return append(b, pick(w.r, t.tours)...)
	case "place":
		return append(b, pick(w.r, t.places)...)
	case "month":
		return append(b, pick(w.r, t.months)...)
	case "party":
		return append(b, pick(w.r, t.parties)...)
	case "day":
		return strconv.AppendInt(b, 1+w.r.Int64N(28), 10)
	case "riad":
		return append(b, pick(w.r, riads)...)
	case "guide":
		return append(b, pick(w.r, guides)...)
	case "airport":
		return append(b, pick(w.r, airports)...)
	case "amount":
		return w.appendAmount(b)
	case "booking":
		b = append(b, "MA-"...)
		return strconv.AppendInt(b, 10_000+w.r.Int64N(90_000), 10)
	}
	panic("unknown word: " + word)
}

// appendAmount appends a price such as 12 400, between 1 200 and 61 100.
func (w *writer) appendAmount(b []byte) []byte {
	hundreds := 12 + w.r.Int64N(20)*(1+w.r.Int64N(31))
	b = strconv.AppendInt(b, hundreds/10, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, hundreds%10, 10)
	return append(b, "00"...)
}

// Names that are the same in every language.
var (
	riads = list(`Riad Al Andalous, Riad Dar Zellij, Riad Menara, Riad Safran, Riad Bab Doukkala, Riad Jnane Atlas,
		Riad Oasis, Riad Mogador, Riad Chellah, Riad Argane, Riad Palmeraie, Riad Étoile du Sud`)
	guides   = list("Youssef, Brahim, Hassan, Lahcen, Said, Mbarek, Naima, Zineb, Omar, Rachid, Salma, Ali")
	airports = list("Marrakech-Menara, Casablanca Mohammed V, Fès-Saïss, Agadir Al Massira, Tanger Ibn Battouta, Rabat-Salé, Essaouira-Mogador")
)
