package object

import (
	"bytes"
	"iter"
)

// Fields yields the names and values of an object's fields, in their order. The names have no quotation marks, and nothing is unescaped. It
// stops at the first field that is incomplete or not JSON. In JSON from an encoder there is no such field.
func Fields(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		at := skipSpace(raw, 0)
		for open := byte('{'); at < len(raw) && raw[at] == open; open = ',' {
			name := skipSpace(raw, at+1)
			nameEnd := skipText(raw, name)
			colon := skipSpace(raw, nameEnd)
			if nameEnd == name || colon == len(raw) || raw[colon] != ':' {
				return
			}
			value := skipSpace(raw, colon+1)
			valueEnd := skipValue(raw, value)
			if at = skipSpace(raw, valueEnd); valueEnd == value || at == len(raw) || raw[at] != ',' && raw[at] != '}' {
				return
			}
			if !yield(raw[name+1:nameEnd-1], raw[value:valueEnd]) {
				return
			}
		}
	}
}

// Set returns an object with the value of a field replaced, or with the field appended if the object lacks it. It does not change raw. It
// returns raw itself if the field has the value already, or if raw is not an object.
func Set(raw []byte, name string, value []byte) []byte {
	for n, old := range Fields(raw) {
		if string(n) == name && bytes.Equal(old, value) {
			return raw
		}
		if string(n) == name {
			from := cap(raw) - cap(old) // where old begins, which is a part of raw
			set := make([]byte, 0, len(raw)-len(old)+len(value))
			set = append(append(set, raw[:from]...), value...)
			return append(set, raw[from+len(old):]...)
		}
	}
	if !bytes.HasPrefix(raw, []byte("{")) || !bytes.HasSuffix(raw, []byte("}")) {
		return raw
	}
	return Extend(bytes.Clone(raw)).Raw(name, value).End()
}

func skipSpace(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\t' || raw[at] == '\n' || raw[at] == '\r') {
		at++
	}
	return at
}

// skipText returns the end of the string that begins at an offset, or the offset itself if none begins there.
func skipText(raw []byte, at int) int {
	if at >= len(raw) || raw[at] != '"' {
		return at
	}
	for end := at + 1; end < len(raw); end++ {
		switch raw[end] {
		case '\\':
			end++
		case '"':
			return end + 1
		}
	}
	return at
}

// skipValue returns the end of the value that begins at an offset, or the offset itself if none begins there.
func skipValue(raw []byte, at int) int {
	if at < len(raw) && raw[at] == '"' {
		return skipText(raw, at)
	}
	depth := 0
	for end := at; end < len(raw); end++ {
		switch raw[end] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 { // of the object that the value is in
				return end
			}
			if depth == 0 {
				return end + 1
			}
		case '"':
			next := skipText(raw, end)
			if next == end {
				return at
			}
			end = next - 1
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return end
			}
		}
	}
	return at
}
