package store

import "iter"

// A Customer is a person or a company that travels with the agency (specification, Customer Model). Its JSON is what the API returns.
type Customer struct {
	ID                 ID       `json:"id"`
	FullName           *string  `json:"full_name"`
	CompanyName        *string  `json:"company_name"`
	ContactType        string   `json:"contact_type"`
	Email              string   `json:"email"`
	Phone              string   `json:"phone"`
	Nationality        *string  `json:"nationality"`
	Region             *string  `json:"region"`
	PreferredLanguage  string   `json:"preferred_language"`
	LoyaltyStatus      string   `json:"loyalty_status"`
	IsActive           bool     `json:"is_active"`
	Tags               []string `json:"tags"`
	Notes              *string  `json:"notes"`
	CreatedAt          Time     `json:"created_at"`
	UpdatedAt          Time     `json:"updated_at"`
	LastInteraction    *Time    `json:"last_interaction"`    // newest timestamp of the customer's interactions; derived when the row is read
	PhoneInternational *string  `json:"phone_international"` // the number that Phone is read as (E.164), null if it cannot be read
	ErasedAt           *Time    `json:"erased_at,omitempty"`
}

var customerFields = Fields{
	{Name: "id", Kept: true, Exported: true, Unshown: true},
	{Name: "full_name", Exported: true},
	{Name: "company_name", Exported: true},
	{Name: "contact_type", Kept: true, Exported: true, Criterion: &Criterion{3, ContactTypes, func(c *Customer) []string { return []string{c.ContactType} }}},
	{Name: "email", Exported: true}, // Erase sets another one
	{Name: "phone", Exported: true, Blank: `"0"`},
	{Name: "nationality", Exported: true, Criterion: &Criterion{5, nil, func(c *Customer) []string { return optional(c.Nationality) }}},
	{Name: "region", Exported: true, Criterion: &Criterion{2, nil, func(c *Customer) []string { return optional(c.Region) }}},
	{Name: "preferred_language", Kept: true, Exported: true, Criterion: &Criterion{6, nil, func(c *Customer) []string { return []string{c.PreferredLanguage} }}},
	{Name: "loyalty_status", Kept: true, Exported: true, Criterion: &Criterion{1, LoyaltyStatuses, func(c *Customer) []string { return []string{c.LoyaltyStatus} }}},
	{Name: "is_active", Kept: true, Exported: true},
	{Name: "tags", Exported: true, Blank: `[]`, Criterion: &Criterion{4, nil, func(c *Customer) []string { return c.Tags }}},
	{Name: "notes", Exported: true},
	{Name: "created_at", Kept: true, Exported: true, Unshown: true},
	{Name: "updated_at", Kept: true, Exported: true, Unshown: true},
	{Name: "last_interaction", Kept: true, Derived: true, Exported: true, Unshown: true},
	{Name: "phone_international", Parsed: true, Exported: true, Unshown: true},
	{Name: "erased_at", Kept: true, Unshown: true},
}

// The values that a customer's enumerated fields may have, and their defaults.
var (
	ContactTypes    = []string{"Individual", "Corporate"}
	LoyaltyStatuses = []string{"New", "Bronze", "Silver", "Gold", "Platinum", "VIP"}
)

const (
	DefaultLoyalty  = "New"
	DefaultLanguage = "French"
)

// erasedMark occurs in the JSON of erased customers only.
var erasedMark = []byte(`"erased_at":`)

// Name returns the full name, else the company's name, else "". Lists are sorted by it.
func (c *Customer) Name() string {
	switch {
	case c.FullName != nil:
		return *c.FullName
	case c.CompanyName != nil:
		return *c.CompanyName
	}
	return ""
}

// Validate cleans the texts, fills in defaults, drops repeated tags, and reports every rule that c breaks as an Invalid.
func (c *Customer) Validate() error { return c.obey(nil) }

// obey is like Validate, but checks only the fields that differ from was, the stored customer. was is nil for a new one.
func (c *Customer) obey(was *Customer) error {
	e, was := against(was)
	e.text("full_name", &c.FullName, was.FullName, maxName)
	e.text("company_name", &c.CompanyName, was.CompanyName, maxName)
	e.oneOf("contact_type", &c.ContactType, was.ContactType, ContactTypes)
	e.email("email", &c.Email, was.Email)
	e.phone("phone", &c.Phone, was.Phone)
	e.text("nationality", &c.Nationality, was.Nationality, maxPlace)
	e.text("region", &c.Region, was.Region, maxPlace)
	e.defaulted("preferred_language", &c.PreferredLanguage, was.PreferredLanguage, DefaultLanguage, maxLanguage)
	if c.LoyaltyStatus == "" {
		c.LoyaltyStatus = DefaultLoyalty
	}
	e.oneOf("loyalty_status", &c.LoyaltyStatus, was.LoyaltyStatus, LoyaltyStatuses)
	e.tags("tags", &c.Tags, was.Tags)
	e.text("notes", &c.Notes, was.Notes, maxNotes)
	return e.err()
}

// Customer returns a customer, or a NotFoundError.
func (tx *Tx) Customer(id ID) (*Customer, error) { return customers.get(tx, id) }

// CustomerJSON returns a customer as the API does. The slice is valid until the transaction ends.
func (tx *Tx) CustomerJSON(id ID) ([]byte, error) { return customers.json(tx, id) }

// Customers yields the JSON of the customers whose id is greater than after, in the order of creation. The slices are valid until the
// transaction ends.
func (tx *Tx) Customers(after ID) iter.Seq2[ID, []byte] { return customers.each(tx, after) }

// Checked sets the loyalty status and activity of a new customer, and applies the rules to it. known are the problems that reading c
// already found; they are reported with the rules that c breaks.
func (c *Customer) Checked(known Invalid) Checked[Customer] {
	c.LoyaltyStatus, c.IsActive, c.LastInteraction = DefaultLoyalty, true, nil
	return checked(c, known.join(c.Validate()))
}

// CreateCustomer checks a customer and adds it.
func (tx *Tx) CreateCustomer(c *Customer, known Invalid) ([]byte, error) {
	return tx.AddCustomer(c.Checked(known))
}

// AddCustomer gives a new customer its id and times, stores it, and returns its JSON.
func (tx *Tx) AddCustomer(draft Checked[Customer]) ([]byte, error) {
	if err := draft.Err(); err != nil {
		return nil, err
	}
	c := draft.row
	c.readPhone(tx.home)
	c.ID, c.CreatedAt, c.UpdatedAt = tx.ids.Next(tx.now), tx.now, tx.now
	return customers.insert(tx, c)
}

// UpdateCustomer changes a customer by patch, which returns the problems that it found. It returns the new JSON, or ErrErased.
func (tx *Tx) UpdateCustomer(id ID, patch func(*Customer) Invalid) ([]byte, error) {
	_, c, err := change(tx, customers, id, func(c *Customer) error {
		if c.ErasedAt != nil {
			return ErrErased
		}
		was := *c
		err := patch(c).join(c.obey(&was))
		c.readPhone(tx.home)
		return err
	})
	if err != nil {
		return nil, err
	}
	return customers.derived.shown(tx, id, c.raw), nil
}
