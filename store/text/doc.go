// Package text knows how people write names, numbers and addresses. It decides how text is cleaned, compared, split into words, and
// read as a telephone number or an e-mail address. The store's rules, search, filters and segments use it, so that they agree.
//
//	fold.go     the form in which two spellings of one text are equal
//	words.go    where words begin and end
//	letters.go  words, and the letters of a name without what divides its words
//	phone.go    the forms of a telephone number
//	email.go    which e-mail addresses can exist
//
// What Fold, Letters or PhoneForms returns is in saved indexes: a change of it needs another mappingVersion in index/search.
package text
