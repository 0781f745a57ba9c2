package sample

import "crm/store"

// familiarCultures has the cultures of the familiar customers, as indexes into vocabulary.cultures.
var familiarCultures = [...]uint8{0, 1, 0, 0, 0}

// familiar returns the first customers, which are the same in every data set, so that demonstrations can rely on them.
func familiar() []store.Customer {
	return []store.Customer{
		{
			FullName:          new("Ahmed Hassan"),
			ContactType:       "Individual",
			Email:             "ahmed.hassan@example.com",
			Phone:             "+212612345678",
			Nationality:       new("Moroccan"),
			Region:            new("Casablanca"),
			PreferredLanguage: "French",
			LoyaltyStatus:     "Gold",
			IsActive:          true,
			Tags:              []string{"VIP", "Repeat Customer"},
			Notes:             new("Voyage avec ses parents ; une chambre au rez-de-chaussée si possible."),
		},
		{
			FullName:          new("Hélène Müller"),
			ContactType:       "Individual",
			Email:             "helene.muller@example.com",
			Phone:             "+33 6 12 34 56 78",
			Nationality:       new("French"),
			Region:            new("Strasbourg"),
			PreferredLanguage: "French",
			LoyaltyStatus:     "Platinum",
			IsActive:          true,
			Tags:              []string{"Repeat Customer", "Desert", "Photography"},
			Notes:             new("Parle aussi allemand. Photographe, aime partir avant l'aube."),
		},
		{
			FullName:          new("فاطمة العلوي"),
			ContactType:       "Individual",
			Email:             "fatima.alaoui@example.com",
			Phone:             "0661 23 45 67",
			Nationality:       new("Moroccan"),
			Region:            new("Fès"),
			PreferredLanguage: "Arabic",
			LoyaltyStatus:     "Silver",
			IsActive:          true,
			Tags:              []string{"Family"},
			Notes:             new("تفضل التواصل عبر واتساب مساء."),
		},
		{
			FullName:          new("Karim Benjelloun"),
			CompanyName:       new("Atlas Tours Morocco"),
			ContactType:       "Corporate",
			Email:             "contact@atlas-tours-morocco.example.com",
			Phone:             "+212 5 24 43 21 00",
			Nationality:       new("Moroccan"),
			Region:            new("Marrakech"),
			PreferredLanguage: "French",
			LoyaltyStatus:     "VIP",
			IsActive:          true,
			Tags:              []string{"VIP", "Corporate", "Reseller"},
			Notes:             new("Facture mensuelle, paiement à 30 jours."),
		},
		{
			FullName:          new("Youssef El Amrani"),
			ContactType:       "Individual",
			Email:             "youssef.elamrani@example.com",
			Phone:             "06 70 11 22 33",
			Nationality:       new("Moroccan"),
			Region:            new("Marrakech"),
			PreferredLanguage: "French",
			LoyaltyStatus:     "Gold",
			IsActive:          true,
			Tags:              []string{"Hiking", "Newsletter"},
		},
	}
}
