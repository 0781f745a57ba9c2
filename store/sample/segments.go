package sample

import "crm/store"

// Segments returns the agency's twenty segments, in the order of their ids. One is inactive.
func (g *Generator) Segments() []*store.Segment {
	ids := g.ids(streamSegments)
	all := segments()
	for i, s := range all {
		s.CreatedAt = g.now - store.Time(len(all)-i)*17*day - store.Time(i*7%5)*hour
		s.UpdatedAt = s.CreatedAt
		s.ID = ids.Next(s.CreatedAt)
		s.LastCalculated = new(g.now - 4*hour)
		s.IsActive = s.Name != "Last Summer's Campaign"
	}
	return all
}

func segments() []*store.Segment {
	return []*store.Segment{
		segment("VIP Customers", "Loyalty status VIP: call them first.", store.Criteria{"loyalty_status": {"VIP"}}),
		segment("Gold and Platinum", "Loyal customers just below VIP.", store.Criteria{"loyalty_status": {"Gold", "Platinum"}}),
		segment("Gold Customers of Marrakech", "Invited to the yearly evening at the agency.",
			store.Criteria{"loyalty_status": {"Gold"}, "region": {"Marrakech"}}),
		segment("New Customers", "Welcome e-mails go to them.", store.Criteria{"loyalty_status": {"New"}}),
		segment("Corporate Customers", "Companies of every kind.", store.Criteria{"contact_type": {"Corporate"}}),
		segment("Corporate Casablanca and Rabat", "Visited by the sales team every quarter.",
			store.Criteria{"contact_type": {"Corporate"}, "region": {"Casablanca", "Rabat"}}),
		segment("Resellers", "Tour operators and agencies that sell our tours.",
			store.Criteria{"contact_type": {"Corporate"}, "tags": {"Reseller"}}),
		segment("Families", "Programmes with short drives and pools.", store.Criteria{"tags": {"Family"}}),
		segment("Honeymooners", "Riads with a terrace, candlelit dinners.", store.Criteria{"tags": {"Honeymoon"}}),
		segment("Desert Lovers", "Merzouga, Zagora and Agafay.", store.Criteria{"tags": {"Desert"}}),
		segment("Outdoor", "Hikers and surfers.", store.Criteria{"tags": {"Hiking", "Surf"}}),
		segment("Food and Culture", "Medina walks and cooking classes.", store.Criteria{"tags": {"Gastronomy", "Culture"}}),
		segment("Newsletter", "Everyone who asked for the newsletter.", store.Criteria{"tags": {"Newsletter"}}),
		segment("French Speakers", "", store.Criteria{"preferred_language": {"French"}}),
		segment("Arabic Speakers", "", store.Criteria{"preferred_language": {"Arabic"}}),
		segment("Spain", "Spanish travellers, for the ferry offers.", store.Criteria{"nationality": {"Spanish"}}),
		segment("Gulf Guests", "Emirati and Saudi travellers.", store.Criteria{"nationality": {"Emirati", "Saudi"}}),
		segment("Loyal Moroccans of the North", "Domestic offers for Tanger and Tétouan.", store.Criteria{
			"nationality": {"Moroccan"}, "region": {"Tanger", "Tétouan"}, "loyalty_status": {"Bronze", "Silver", "Gold", "Platinum", "VIP"},
		}),
		segment("Last Summer's Campaign", "Closed.", store.Criteria{"preferred_language": {"English"}, "tags": {"Surf", "Family"}}),
		segment("All Customers", "Every active customer.", store.Criteria{}),
	}
}

func segment(name, description string, criteria store.Criteria) *store.Segment {
	s := &store.Segment{Name: name, Criteria: criteria}
	if description != "" {
		s.Description = &description
	}
	return s
}
