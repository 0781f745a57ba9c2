// Package text knows how people write names, numbers and addresses. It decides how text is cleaned, compared, split into words, and
// read as a telephone number or an e-mail address. The store's rules, search, filters and segments use it, so that they agree.
//
//	clean.go  text as it is stored, and without regard to case
//	fold.go   the form in which two spellings of one text are equal
//	words.go  where words begin and end
//	phone.go  reading a number, and the forms in which it is found
//	dial.go   what is dialled, and what is a label, an extension or a separator
//	plan.go   how each region numbers its telephones
//	email.go  which e-mail addresses can exist, and which lead to one mailbox
//
// What Fold or PhoneForms returns is in saved indexes: a change of it needs another mappingVersion in index/search. What International
// returns is in the database: a change of it needs another PhoneRules. What Caseless
// or EmailKey returns is in the store's unique indexes: a change of it needs a migration.
package text
