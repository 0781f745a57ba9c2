// Package index has lists with any filter and order, statistics, and searches. It is derived from the store: it follows the change log, and
// can be deleted and rebuilt at any time.
//
// The facets are in memory: bitmaps and columns over row numbers. Each kind of record has its own rows, numbered in the order of creation.
// They include the texts of the customers, by which package search finds customers, with the help of a Bleve index on disk. The facets are
// saved now and then and when the service stops, so that a start reads one file and the later changes of the log.
//
//	ix := index.New(st, dir, index.Options{})
//	go ix.Run(ctx)                  // follows the log until ctx ends
//	err := ix.Wait(ctx, st.Seq())   // until the index has what was committed
//	page, err := ix.Customers(index.CustomerQuery{Text: "hassan", Slice: index.Slice{Limit: 20}})
//
// The functions for callers:
//
//	index.go         Index: New, Run, Wait, how far it is and how large
//	list.go          filters, queries and pages of lists
//	stats.go         statistics; trend.go, the trend of the feedback
//	values.go        the values of a field and how many customers have each
//	check.go         Check and Behind, for the commands crm check and crm doctor; compare.go, the comparison of facets
//
// Loading and updating the facets:
//
//	follow.go        getting changes from the store, or after a start from its log, and applying them
//	load.go          loading at a start: saved facets, or all records; saving
//	build.go         building the whole index, for commands
//	saved.go         the file of the saved facets
//	decode.go        decoding all records on all CPUs
//	source.go        the customers as package search asks for them
//
// The facets:
//
//	customers.go     of customers: filters, orders, texts
//	interactions.go  of interactions: filters, sums by the hour; due.go, follow-ups that are due
//	feedback.go      of feedback
//	facet.go         the rows by the values of one field
//	order.go         the rows sorted by a key
//	chain.go, ids.go the rows of a customer, and of an id
//	column/          columns by row number, in memory and in a file
//	search/          finding customers by texts, with Bleve
package index
