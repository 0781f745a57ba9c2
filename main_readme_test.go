package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestReadme(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"```sh\ngo run . demo\n```", "```sh\ngo test ./...\n```"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q", want)
		}
	}
	_, section, _ := strings.Cut(string(raw), "\n## Configuration\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var got, want []string
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(section, -1) {
		for _, flag := range regexp.MustCompile("`--([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			got = append(got, flag[1])
		}
	}
	newServeCmd().Flags().VisitAll(func(f *pflag.Flag) { want = append(want, f.Name) })
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("table of the configuration: got flags\n%q\nthe service has\n%q", got, want)
	}
}

// The README's pictures are there, and small enough for whoever clones.
func TestReadmePictures(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	pictures := regexp.MustCompile(`!\[[^]]+\]\(([^)]+)\)`).FindAllStringSubmatch(string(raw), -1)
	if len(pictures) != 3 {
		t.Errorf("got %d pictures, want 3", len(pictures))
	}
	for _, picture := range pictures {
		if file, err := os.Stat(picture[1]); err != nil || file.Size() > 60_000 {
			t.Errorf("%s: got %+v, %v, want at most 60 kB", picture[1], file, err)
		}
	}
}
