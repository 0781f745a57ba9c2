package sample

func (w *words) moroccan() culture {
	return culture{
		nationality: "Moroccan",
		share:       46,
		firsts:      w.first(moroccanWomen, moroccanMen),
		lasts:       w.last(moroccanLast),
		arabic:      8,
		languages:   shares("French 60, Arabic 34, English 4, Spanish 2"),
		regions:     shares(moroccanRegions),
		mobiles: []string{
			"+2126########", "+2127########", "06########", "07########", "06 ## ## ## ##", "+212 6 ## ## ## ##",
			"+212 7## ######", "002126########", "+212 6##-######",
		},
		landlines: []string{"+212522######", "+212 5 24 ## ## ##", "05 37 ## ## ##", "0528######", "00212535######"},
		companies: w.companiesOf(moroccanStems, moroccanKinds),
		texts:     deck[*texts]{french, french, french, french, french, french, french, arabic, arabic, english},
	}
}

func (w *words) french() culture {
	return culture{
		nationality: "French",
		share:       20,
		firsts:      w.first(frenchWomen, frenchMen),
		lasts:       w.last(frenchLast),
		languages:   shares("French 96, English 3, Arabic 1"),
		regions:     shares(frenchRegions),
		mobiles:     []string{"+33 6 ## ## ## ##", "+336########", "06 ## ## ## ##", "+33 7 ## ## ## ##", "00336########"},
		landlines:   []string{"+33 1 4# ## ## ##", "+33 4 7# ## ## ##", "01 5# ## ## ##"},
		companies:   w.companiesOf(frenchStems, frenchKinds),
		texts:       deck[*texts]{french},
	}
}

func (w *words) spanish() culture {
	return culture{
		nationality: "Spanish",
		share:       8,
		firsts:      w.first(spanishWomen, spanishMen),
		lasts:       w.last(spanishLast),
		twoLasts:    true,
		languages:   shares("Spanish 82, English 10, French 8"),
		regions:     shares(spanishRegions),
		mobiles:     []string{"+34 6## ## ## ##", "+346########", "+34 7## ### ###"},
		landlines:   []string{"+34 91 ### ## ##", "+34 93 ### ## ##", "+34 95 ### ## ##"},
		companies:   w.companiesOf(spanishStems, spanishKinds),
		texts:       deck[*texts]{french, english, english},
	}
}

func (w *words) british() culture {
	return culture{
		nationality: "British",
		share:       7,
		firsts:      w.first(englishWomen, englishMen),
		lasts:       w.last(englishLast),
		languages:   shares("English 97, French 3"),
		regions:     shares(britishRegions),
		mobiles:     []string{"+44 7### ######", "+447#########", "07### ######", "00447#########"},
		landlines:   []string{"+44 20 7### ####", "+44 161 ### ####", "+44 131 ### ####"},
		companies:   w.companiesOf(englishStems, englishKinds),
		texts:       deck[*texts]{english},
	}
}

func (w *words) american() culture {
	return culture{
		nationality: "American",
		share:       5,
		firsts:      w.first(englishWomen, englishMen),
		lasts:       w.last(englishLast),
		languages:   shares("English 95, Spanish 4, French 1"),
		regions:     shares(americanRegions),
		mobiles:     []string{"+1 2## 555 ####", "+1 (6##) 555-####", "+1 9##-555-####", "+13##555####"},
		landlines:   []string{"+1 212 555 ####", "+1 312-555-####"},
		companies:   w.companiesOf(englishStems, "* Journeys Inc., * Travel LLC, * Getaways, * Student Travel"),
		texts:       deck[*texts]{english},
	}
}

func (w *words) german() culture {
	return culture{
		nationality: "German",
		share:       5,
		firsts:      w.first(germanWomen, germanMen),
		lasts:       w.last(germanLast),
		languages:   shares("German 84, English 14, French 2"),
		regions:     shares(germanRegions),
		mobiles:     []string{"+49 15# ########", "+4917########", "+49 16# #######"},
		landlines:   []string{"+49 30 #######", "+49 89 ######"},
		companies:   w.companiesOf(germanStems, germanKinds),
		texts:       deck[*texts]{english, english, english, french},
	}
}

func (w *words) italian() culture {
	return culture{
		nationality: "Italian",
		share:       4,
		firsts:      w.first(italianWomen, italianMen),
		lasts:       w.last(italianLast),
		languages:   shares("Italian 78, English 12, French 10"),
		regions:     shares(italianRegions),
		mobiles:     []string{"+39 3## ### ####", "+393#########"},
		landlines:   []string{"+39 06 ########", "+39 02 ########"},
		companies:   w.companiesOf(italianStems, italianKinds),
		texts:       deck[*texts]{english, french},
	}
}

func (w *words) emirati() culture {
	return w.gulf(culture{
		nationality: "Emirati",
		share:       3,
		regions:     shares("Dubai 50, Abu Dhabi 30, Sharjah 12, Marrakech 4, Casablanca 4"),
		mobiles:     []string{"+971 5# ### ####", "+9715########", "009715########"},
		landlines:   []string{"+971 4 ### ####", "+971 2 ### ####"},
		companies:   w.companiesOf(gulfStems, "* Travel & Tourism LLC, * Holidays"),
	})
}

func (w *words) saudi() culture {
	return w.gulf(culture{
		nationality: "Saudi",
		share:       2,
		regions:     shares("Riyadh 45, Jeddah 35, Dammam 12, Marrakech 8"),
		mobiles:     []string{"+966 5# ### ####", "+9665########", "05########"},
		landlines:   []string{"+966 11 ### ####", "+966 12 ### ####"},
		companies:   w.companiesOf(gulfStems, "* Travel Agency, * Tourism Est., * Umrah & Travel"),
	})
}

func (w *words) gulf(c culture) culture {
	c.firsts = w.first(gulfWomen, gulfMen)
	c.lasts = w.last(gulfLast)
	c.arabic = 75
	c.languages = shares("Arabic 80, English 20")
	c.texts = deck[*texts]{arabic, arabic, english}
	return c
}
