package sample

import (
	"math/bits"
	"slices"
	"strconv"

	"crm/store"
)

// A customerRow has a customer and the values that its pointers point to.
type customerRow struct {
	store.Customer
	fullName, companyName, nationality, region, notes string
	tags                                              [4]string
}

type customerWriter struct {
	*writer
	familiar  []store.Customer
	people    []uint32 // how many customers have a first and last name, by the ids of the names
	companies []uint32 // how many customers have a company's name, by the id of the company
}

func newCustomerWriter(g *Generator) *customerWriter {
	w := newWriter(g, streamCustomers)
	return &customerWriter{
		writer:    w,
		familiar:  familiar(),
		people:    make([]uint32, len(w.words.firsts)*len(w.words.lasts)),
		companies: make([]uint32, w.words.count),
	}
}

func (w *customerWriter) customer(i int) *store.Customer {
	p := w.g.customers[i]
	row := new(customerRow)
	c := &row.Customer
	if i < len(w.familiar) {
		*c = w.familiar[i]
	} else {
		w.invent(row, w.cultureOf(i), int(p.contacts))
	}
	c.ID, c.CreatedAt, c.UpdatedAt = p.id, store.CreatedAt(p.id), store.CreatedAt(p.id)
	if c.LoyaltyStatus != store.DefaultLoyalty || !c.IsActive || w.chance(12) {
		c.UpdatedAt = w.within(c.CreatedAt, w.g.now-c.CreatedAt)
	}
	return c
}

func (w *customerWriter) invent(row *customerRow, from *culture, contacts int) {
	c := &row.Customer
	c.IsActive = !w.chance(4)
	c.PreferredLanguage = from.languages.draw(w.r)
	c.LoyaltyStatus = loyaltyByContacts[min(bits.Len(uint(contacts)), len(loyaltyByContacts)-1)].draw(w.r)
	if !w.chance(7) {
		c.Region = own(&row.region, from.regions.draw(w.r))
	}
	if w.chance(12) {
		w.company(row, from)
	} else {
		w.individual(row, from)
	}
	w.tag(row, contacts)
	if w.chance(18) {
		t := from.texts.draw(w.r)
		c.Notes = own(&row.notes, w.fill(t, pick(w.r, t.notes)))
	}
}

func (w *customerWriter) individual(row *customerRow, from *culture) {
	c := &row.Customer
	c.ContactType = "Individual"
	if !w.chance(4) {
		c.Nationality = own(&row.nationality, from.nationality)
	}
	first, last := w.person(row, from)
	c.Email = w.address(first, last)
	c.Phone = w.phone(pick(w.r, from.mobiles))
}

func (w *customerWriter) company(row *customerRow, from *culture) {
	c := &row.Customer
	c.ContactType = "Corporate"
	company := pick(w.r, from.companies)
	row.companyName = company.name
	if c.Region != nil && w.chance(40) {
		row.companyName += " " + *c.Region
	}
	c.CompanyName = &row.companyName
	mailbox := mailboxes.draw(w.r)
	if w.chance(60) {
		first, _ := w.person(row, from)
		mailbox = first.mail
	}
	w.companies[company.id]++
	b := append(w.buf[:0], mailbox...)
	b = append(b, '@')
	b = append(b, company.domain...)
	b = appendRepeat(b, w.companies[company.id])
	w.buf = append(b, ".example.com"...)
	c.Email = string(w.buf)
	c.Phone = w.phone(pick(w.r, from.landlines))
}

// person sets a full name.
func (w *customerWriter) person(row *customerRow, from *culture) (first, last *name) {
	first, last = from.firsts[w.r.IntN(2)].draw(w.r), from.lasts.draw(w.r)
	switch {
	case w.chance(from.arabic):
		row.fullName = first.arabic + " " + last.arabic
	case from.twoLasts && w.chance(40):
		row.fullName = first.latin + " " + last.latin + " " + from.lasts.draw(w.r).latin
	default:
		row.fullName = first.latin + " " + last.latin
	}
	row.FullName = &row.fullName
	return first, last
}

// address returns an e-mail address that nobody else has: the second Claire Roux has a 2 after her name.
func (w *customerWriter) address(first, last *name) string {
	used := &w.people[first.id*len(w.words.lasts)+last.id]
	*used++
	b := append(w.buf[:0], first.mail...)
	b = append(b, separators[w.r.IntN(len(separators))])
	b = append(b, last.mail...)
	b = appendRepeat(b, *used)
	b = append(b, '@')
	w.buf = append(b, domains.draw(w.r)...)
	return string(w.buf)
}

func appendRepeat(b []byte, n uint32) []byte {
	if n == 1 {
		return b
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

// phone replaces every # of a pattern by a digit.
func (w *customerWriter) phone(pattern string) string {
	w.buf = append(w.buf[:0], pattern...)
	for i, c := range w.buf {
		if c == '#' {
			w.buf[i] = '0' + byte(w.r.IntN(10))
		}
	}
	return string(w.buf)
}

func (w *customerWriter) tag(row *customerRow, contacts int) {
	tags := row.tags[:0]
	if row.LoyaltyStatus == "VIP" {
		tags = append(tags, "VIP")
	}
	if contacts >= 6 && w.chance(50) {
		tags = append(tags, "Repeat Customer")
	}
	from := travellerTags
	if row.ContactType == "Corporate" {
		from = companyTags
	}
	for range min(tagCounts.draw(w.r), len(row.tags)-len(tags)) {
		if t := from.draw(w.r); !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	row.Tags = slices.Clip(tags)
}

var (
	// Only the familiar customers have addresses at example.com itself.
	domains = shares(`mail.example.com 34, example.org 22, example.net 18, post.example.com 10, poste.example.org 8,
		courrier.example.net 8`)
	separators = "......__-"
	mailboxes  = shares("contact 40, info 25, reservations 15, booking 8, direction 6, groups 6")

	tagCounts     = deck[int]{0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4}
	travellerTags = shares(`Newsletter 18, Family 14, Desert 13, Hiking 9, Honeymoon 8, Gastronomy 8, Culture 8, Photography 6,
		Surf 5, Vegetarian 5, Group 5, Wellness 4, Golf 3, Student 3, Repeat Customer 3, Wheelchair 2, VIP 1`)
	companyTags = shares("Corporate 40, Group 20, Newsletter 14, Reseller 12, Incentive 8, Conference 8, Monthly Invoice 6, VIP 2")

	// Customers with more interactions are more loyal: for 0, 1, 2-3, 4-7, 8-15, 16-31 and more interactions.
	loyaltyByContacts = [...]deck[string]{
		shares("New 86, Bronze 9, Silver 3, Gold 2"),
		shares("New 64, Bronze 23, Silver 8, Gold 3, Platinum 1, VIP 1"),
		shares("New 30, Bronze 38, Silver 20, Gold 8, Platinum 3, VIP 1"),
		shares("New 12, Bronze 30, Silver 32, Gold 17, Platinum 6, VIP 3"),
		shares("Bronze 18, Silver 32, Gold 30, Platinum 13, VIP 7"),
		shares("Bronze 6, Silver 22, Gold 38, Platinum 20, VIP 14"),
		shares("Silver 10, Gold 30, Platinum 30, VIP 30"),
	}
)
