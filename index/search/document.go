package search

import index "github.com/blevesearch/bleve_index_api"

// Bleve's documents have one field, whose terms are the text's grams and, behind wordMarker, the words of its
// names: the vocabulary for typos. A document's id is the 16 bytes of the customer's.
const (
	fieldTerms = "t"
	wordMarker = "\x02"
)

// A termsField gives Bleve the terms that our own code finds in a text. It stands where Bleve's text fields and their
// analysers do, which would make an object of each term.
type termsField struct {
	text  []byte
	terms index.TokenFrequencies
}

// once is the frequency of every term: nothing is scored.
var once = func() *index.TokenFreq {
	f := new(index.TokenFreq)
	f.SetFrequency(1)
	return f
}()

func (f *termsField) Analyze() {
	terms := appendGrams(make([][]byte, 0, 96), f.text)
	f.terms = make(index.TokenFrequencies, len(terms))
	for _, term := range terms {
		f.terms[string(term)] = once
	}
	eachWord(f.text, func(word []byte) bool {
		f.terms[wordMarker+string(word)] = once
		return true
	})
}

func (f *termsField) Name() string             { return fieldTerms }
func (f *termsField) Value() []byte            { return nil }
func (f *termsField) ArrayPositions() []uint64 { return nil }
func (f *termsField) EncodedFieldType() byte   { return 't' } // text

// Options leave out all that only scores, snippets and sorting need.
func (f *termsField) Options() index.FieldIndexingOptions {
	return index.IndexField | index.SkipFreqNorm
}

func (f *termsField) AnalyzedLength() int                              { return len(f.terms) }
func (f *termsField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *termsField) NumPlainTextBytes() uint64                        { return uint64(len(f.text)) }
func (f *termsField) Size() int                                        { return len(f.text) }
