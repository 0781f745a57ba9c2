// Package search finds customers by what a user types: parts of names, e-mail addresses and phone numbers, without regard to case,
// accents and a few typos.
//
// A search has two steps. Bleve's index on disk proposes candidates: the customers that have the grams (three characters in a row)
// of the query. Then the matcher decides over each candidate's folded text, which is in memory, whether it answers the query and
// how well. A customer that the index does not have yet is always a candidate, and everyone is one while the index is rebuilt. So a
// late, damaged or lost index makes searches slower, and never wrong.
//
// # Who answers a query
//
// A query is words, which are its runs of letters and digits, and phone numbers (number.go). All else divides words; only a part of an
// e-mail address with an @ inside is one word. A customer answers when every word and every number is found:
//
//   - A word of three letters or more is found anywhere in the names, whatever divides the words there: "qabbaj", "elqab" and "lqa"
//     find "El Qabbaj", "El-Qabbaj" and "Elqabbaj". It is also found anywhere in the e-mail address and in the forms of the phone number.
//   - A shorter word is found where a word of the names, the e-mail address or a form of the phone number begins.
//   - A shorter word is also found if it and the words beside it, up to three in all, are found as one: so "el q" finds "Elqabbaj", and
//     "d.h" finds the address "ahmed.hassan@example.com".
//   - A number is found anywhere in the forms of the phone number, in any spelling, and where its digits are in the names or in the
//     e-mail address.
//
// Best are customers with the query as it was typed, then those with all its words as whole words, then those with beginnings, then
// all others (tier). Where nobody answers, words of five letters and more may have a typo, and from nine on two in queries of up to three
// words; and so may words in a row as if they were one, of the names and, with one typo, of the query. In queries of more than six words
// none may have a typo.
//
// A query without a letter or digit is an empty one, which everyone answers.
//
// # Use
//
// A caller numbers its customers by rows, keeps their texts in a column.Texts, and
// describes itself by a Source:
//
//	engine := search.New(dir, source, search.Options{})
//	go engine.Run(ctx)                              // keeps Bleve's index up to date
//	engine.Changed(row)                             // after texts.Put(row, search.AppendText(nil, customer, home))
//	query, err := search.ParseQuery("hassan 0612", home)
//	matches := engine.Find(&query, &texts, within)  // bitmaps of rows, the best matches first
//
// The files that handle a query:
//
//	query.go     what a user typed, as needles: words, runs of words, phone numbers
//	words.go     where the words of a query begin and end
//	number.go    the phone numbers in a query
//	find.go      Find: candidates, and the matcher over them on all CPUs
//	grams.go     the terms that a text has in Bleve's index, and those that a query asks for
//	postings.go  the documents that have terms, in Bleve's segments
//	variants.go  the words of Bleve's index that are close to a word
//	match.go     the matcher
//	joined.go    letters in names, whatever divides the words there
//	typos.go     the matcher's edit distance
//
// The files that index a customer:
//
//	text.go      the lines of a customer, folded by store/text
//	engine.go    Engine and Source; starting, rebuilding and resuming Bleve's index
//	write.go     writing what has changed, in batches
//	bleve.go     Bleve's index: open, write, flush, close
//	document.go  a customer as a document of Bleve
//	state.go     what an index says about its content
//	snapshot.go  a snapshot of the index, and the rows of its documents
//	verify.go    checksums of Bleve's files
//	check.go     Check, for the command crm check
//
// A change of grams.go, or of what text.go appends, needs another mappingVersion in state.go: indexes are then rebuilt at the next
// start.
package search
