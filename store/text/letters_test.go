package text

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "El Qabbaj": "el qabbaj", "El-Qabbaj": "el qabbaj", "Elqabbaj": "elqabbaj", "L'Oasis A&B": "l oasis a b", "  ZQIMI/KHALID ": "zqimi khalid",
		"عبد القهار": "عبد القهار", "%": "", "\u200b": "", "k. zqimi@example.com": "k zqimi example com", "हिन्दी": "हिनदी",
	} {
		words := slices.Collect(Words(s))
		if got := strings.Join(words, " "); got != want {
			t.Errorf("words of %q: got %q, want %q", s, got, want)
		}
		if got, want := Joined(s), strings.Join(words, ""); got != want {
			t.Errorf("%q joined: got %q, want %q", s, got, want)
		}
	}
}

// runsOf returns the runs of lines of folded text.
func runsOf(lines string, most int) (runs []string) {
	var l Letters
	l.Set([]byte("what was there before\n"))
	l.Set([]byte(lines))
	l.Runs(most, func(run []byte) bool { runs = append(runs, string(run)); return true })
	return runs
}

func TestRuns(t *testing.T) {
	for lines, want := range map[string]string{
		"": "", "\n\n": "", "ez\n": "ez", "fatima ez-zahra\natlas\n": "fatima fatimaez fatimaezzahra ez ezzahra zahra atlas", " -a\nb": "a b",
		"a b c d\n": "a ab abc b bc bcd c cd d",
	} {
		if got := strings.Join(runsOf(lines, 3), " "); got != want {
			t.Errorf("%q: got %q, want %q", lines, got, want)
		}
	}
}

// FuzzLetters: the letters and words of a line are those of Joined and Words.
func FuzzLetters(f *testing.F) {
	for _, s := range []string{"El Qabbaj", "عبد القهار", "a\xffb", "हिन्दी -x", "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := strings.ReplaceAll(Fold(s), "\n", " ")
		var l Letters
		l.Set([]byte(line))
		if got, want := string(l.Text), Joined(line); got != want {
			t.Errorf("letters of %q: got %q, want %q", line, got, want)
		}
		if got, want := runsOf(line, 1), slices.Collect(Words(line)); !slices.Equal(got, want) {
			t.Errorf("words of %q: got %q, want %q", line, got, want)
		}
	})
}
