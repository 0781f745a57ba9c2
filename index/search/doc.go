// Package search finds customers by what a user types: parts of names, e-mail addresses and phone numbers, without regard to case,
// accents and a few typos.
//
// A search has two steps. Bleve's index on disk proposes candidates: the customers that have the grams (three characters in a row)
// of the query. Then the matcher decides over each candidate's folded text, which is in memory, whether it answers the query and
// how well. A customer that the index does not have yet is always a candidate, and everyone is one while the index is rebuilt. So a
// late, damaged or lost index makes searches slower, and never wrong.
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
//	query.go     what a user typed, as words and phone numbers
//	number.go    the phone numbers in a query
//	find.go      Find: candidates, and the matcher over them on all CPUs
//	grams.go     the terms that a text has in Bleve's index, and those that a query asks for
//	postings.go  the documents that have terms, in Bleve's segments
//	match.go     the matcher
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
