package search

import index "github.com/blevesearch/bleve_index_api"

// variants are the words of an index that are close to those of a query.
type variants struct {
	snapshot *snapshot
	runs     []clause // by run, nil before anyone asked
}

// addTo adds to the clause of a word the words close to it, and those close to a run that has it.
func (v *variants) addTo(c *clause, q *Query, i int) error {
	near, err := v.snapshot.closeTo(&q.needles[i])
	if err != nil {
		return err
	}
	c.anyOf = append(c.anyOf, near...)
	for at := range q.runs {
		r := &q.runs[at]
		if !r.has(i) {
			continue
		}
		if i == r.first {
			if v.runs[at].anyOf, err = v.snapshot.closeTo(&r.needle); err != nil {
				return err
			}
		}
		c.anyOf = append(c.anyOf, v.runs[at].anyOf...)
	}
	return nil
}

// maxVariants bounds how many words of the index a mistyped word may stand for.
const maxVariants = 1_000

// closeTo returns the terms of the words that differ from a needle by no more typos than it may have, each as a set of its own.
func (s *snapshot) closeTo(n *needle) (anyOf [][]string, err error) {
	if n.typos == 0 {
		return nil, nil
	}
	var dict index.FieldDict
	dict, err = s.reader.FieldDictFuzzy(fieldTerms, wordMarker+string(n.letters), n.typos, wordMarker)
	if err != nil {
		return nil, err
	}
	defer dict.Close()
	for len(anyOf) < maxVariants {
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return anyOf, err
		}
		anyOf = append(anyOf, []string{entry.Term})
	}
	return anyOf, nil
}
