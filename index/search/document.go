package search

import (
	index "github.com/blevesearch/bleve_index_api"

	"crm/store/text"
)

// A document has one field. Its terms are the grams of the customer's text, and behind wordMarker the words of the customer's names
// and the runs of them: among these, words with typos are looked up. The document's id is the customer's, 16 bytes.
const (
	fieldTerms = "t"
	wordMarker = "\x02"
)

// A termsField is the field of a document. It finds the terms itself, since Bleve's text fields and analysers would allocate an object
// for each term.
type termsField struct {
	text  []byte
	terms index.TokenFrequencies
}

// once is the frequency of every term, because nothing is scored.
var once = func() *index.TokenFreq {
	f := new(index.TokenFreq)
	f.SetFrequency(1)
	return f
}()

func (f *termsField) Analyze() {
	var names text.Letters
	names.Set(f.text[:skipLines(f.text, nameLines)])
	terms := appendGrams(make([][]byte, 0, 96), &names, f.text)
	f.terms = make(index.TokenFrequencies, len(terms))
	for _, term := range terms {
		f.terms[string(term)] = once
	}
	names.Runs(maxRun, func(run []byte) bool {
		f.terms[wordMarker+string(run)] = once
		return true
	})
}

func (f *termsField) Name() string             { return fieldTerms }
func (f *termsField) Value() []byte            { return nil }
func (f *termsField) ArrayPositions() []uint64 { return nil }
func (f *termsField) EncodedFieldType() byte   { return 't' } // text

// Options leaves out what only scores, snippets and sorting need.
func (f *termsField) Options() index.FieldIndexingOptions {
	return index.IndexField | index.SkipFreqNorm
}

func (f *termsField) AnalyzedLength() int                              { return len(f.terms) }
func (f *termsField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *termsField) NumPlainTextBytes() uint64                        { return uint64(len(f.text)) }
func (f *termsField) Size() int                                        { return len(f.text) }
