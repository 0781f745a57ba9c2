package store

import (
	"bytes"
	"cmp"
	"errors"
	"iter"
	"strings"

	"crm/store/kv"
	"crm/store/text"
)

// A customer's phone stays as it was typed. The row also has the international number that it is read as, and an index leads from that
// number to the customer. How numbers are read depends on the office's region and on libphonenumber's metadata. When either has changed,
// the next Open reads all of them again, without entries in the log, since nobody changed anything.

// metaPhones is the key of the rules by which the phone numbers in the rows were read. Its value is phonesUnread while they are being read.
var (
	metaPhones   = []byte("phones")
	phonesUnread = []byte("unread")
)

// DefaultRegion is the region of phone numbers without a country code, unless WithRegion sets another one.
const DefaultRegion = "MA"

// phoneRules are the rules by which a store reads phone numbers.
type phoneRules struct {
	region  string // ISO 3166
	home    text.Country
	unread  bool // the rows do not have all numbers yet
	foreign bool // the numbers in the rows were read by other rules
}

// WithRegion sets the country of phone numbers without a country code, an ISO 3166 region. The default is the region that the database was
// last opened with, or else DefaultRegion.
func WithRegion(region string) Option { return func(s *Store) { s.region = region } }

// KnownRegion reports whether a region may be given to WithRegion: it has a country code.
func KnownRegion(region string) bool { return text.KnownRegion(region) }

// Home returns the country of phone numbers without a country code.
func (s *Store) Home() text.Country { return s.home }

// PhoneRules returns the name of the rules by which phone numbers are read. What was derived from numbers that were read by other rules is
// outdated.
func (s *Store) PhoneRules() string { return s.region + " " + text.PhoneRules }

// readBy returns the region whose rules the numbers in the rows were read by, and reports whether they were by this program's rules. Region
// is empty while not all of them have been read.
func (tx *Tx) readBy() (region string, current bool) {
	region, version, _ := strings.Cut(string(tx.kv.Get(bucketMeta, metaPhones)), " ")
	if version == "" {
		return "", false
	}
	return region, version == text.PhoneRules
}

// knowPhones finds out by which rules numbers are read, and whether those in the rows were.
func (s *Store) knowPhones() error {
	return s.kv.View(func(pairs *kv.Tx) error {
		region, current := (&Tx{kv: pairs}).readBy()
		s.region = cmp.Or(s.region, region, DefaultRegion)
		s.home = text.CountryOf(s.region)
		s.unread, s.foreign = region == "", region != s.region || !current
		return nil
	})
}

// readPhones reads the phone numbers of all customers again if the rules have changed since they were read. It uses a transaction for every
// few thousand customers. If it is interrupted, the next Open starts again.
func (s *Store) readPhones() error {
	if err := s.knowPhones(); err != nil || !s.foreign {
		return err
	}
	if s.skipped.log != nil {
		s.skipped.log.Info("the customers' phone numbers are read again, by other rules than before", "rules", s.PhoneRules())
	}
	for from := []byte{}; from != nil; {
		err := s.kv.Update(func(pairs *kv.Tx) (err error) {
			if from, err = readSomePhones(&Tx{kv: pairs, home: s.home}, from, migrationChunk); err != nil {
				return err
			}
			if from != nil {
				return pairs.Put(bucketMeta, metaPhones, phonesUnread)
			}
			return pairs.Put(bucketMeta, metaPhones, []byte(s.PhoneRules()))
		})
		if err != nil {
			return err
		}
	}
	s.unread, s.foreign = false, false
	return nil
}

// readSomePhones reads the phone numbers of some customers from a key on, at most most of them. It returns the key to continue from, or nil
// at the end. A row that cannot be decoded stays as it is.
func readSomePhones(tx *Tx, from []byte, most int) (next []byte, err error) {
	type reread struct{ old, new *Customer }
	var rows []reread
	n := 0
	for key, raw := range tx.kv.Scan(bucketCustomers, from) {
		if n == most {
			next = bytes.Clone(key)
			break
		}
		n++
		old := new(Customer)
		if customers.fill(old, idAt(key, 0), raw) != nil {
			continue
		}
		c := *old
		c.readPhone(tx.home)
		if !sameText(c.PhoneInternational, old.PhoneInternational) || !bytes.Contains(raw, phoneMark) {
			rows = append(rows, reread{old, &c})
		}
	}
	for _, row := range rows {
		err = errors.Join(err, customers.replace(tx, row.old, row.new))
	}
	return next, err
}

// phoneMark is in the JSON of every customer since schema 4.
var phoneMark = []byte(`"phone_international":`)

func sameText(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// indexPhones is a step of the migration to schema 4. The numbers are read when the office's region is known (readPhones).
func indexPhones(pairs *kv.Tx) error {
	return errors.Join(pairs.Create(bucketCustomerPhone), pairs.Put(bucketMeta, metaPhones, phonesUnread))
}

// readPhone sets the international number.
func (c *Customer) readPhone(home text.Country) {
	c.PhoneInternational = nil
	if number := text.International(c.Phone, home); number != "" {
		c.PhoneInternational = &number
	}
}

// phoneKey returns the beginning of a number's keys in the index, or nil if there is no number. A number may be the beginning of another.
func phoneKey(number *string) []byte {
	if number == nil {
		return nil
	}
	return append([]byte(*number), 0)
}

// CustomersByPhone yields the ids of the customers whose phone is an international number (E.164), in the order of creation, inactive
// ones included.
func (tx *Tx) CustomersByPhone(number string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		prefix := phoneKey(&number)
		for key := range tx.kv.Prefix(bucketCustomerPhone, prefix) {
			if !yield(idAt(key, len(prefix))) {
				return
			}
		}
	}
}

// phone compares a customer's international number with what the phone is read as.
func (c *checker) phone(customer *Customer) {
	region, current := c.tx.readBy()
	if !current { // the next start reads all numbers again
		return
	}
	was := customer.PhoneInternational
	customer.readPhone(text.CountryOf(region))
	if sameText(was, customer.PhoneInternational) {
		return
	}
	raw, _ := customers.encode(customer)
	c.add(&fix{bucket: bucketCustomers, key: customer.ID[:], value: raw}, "customer %s: phone_international is not what the phone is read as", customer.ID)
}
