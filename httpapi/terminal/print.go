package terminal

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"crm/httpapi"
	"crm/httpapi/server"
	"crm/store"
	"crm/store/backup"
)

// PrintAddresses prints where the service answers, and how to open it to colleagues.
func PrintAddresses(w io.Writer, s server.Started) {
	fmt.Fprintln(w, "crm is listening:")
	for _, address := range s.Addresses {
		fmt.Fprintf(w, "  %s\n", address)
	}
	if s.OnlyHere != 0 {
		fmt.Fprintf(w, "  Only this machine can reach it; for colleagues: --listen 0.0.0.0:%d\n", s.OnlyHere)
	}
	if s.Readable {
		fmt.Fprintln(w, "  Warning: without TLS, passwords and customers' data can be read on the network. Give --tls-cert and --tls-key, or"+
			"\n  --tls-domain for a public name, or put a proxy with TLS in front and name it with --trusted-proxy.")
	}
	if s.Metrics != "" {
		fmt.Fprintf(w, "  Metrics: %s\n", s.Metrics)
	}
	fmt.Fprintf(w, "  In a browser: %s/\n  Documentation: %[1]s/docs\n", cmp.Or(s.Domain, s.Addresses[0]))
}

// PrintUsers prints a table of users.
func PrintUsers(w io.Writer, users []httpapi.UserView) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EMAIL\tNAME\tROLES\tACTIVE\tLAST LOGIN")
	for _, u := range users {
		name, login, roles := "", "never", []string{}
		if u.FullName != nil {
			name = *u.FullName
		}
		if u.LastLoginAt != nil {
			login = u.LastLoginAt.String()
		}
		for _, role := range u.Roles {
			roles = append(roles, role.Name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%v\t%s\n", u.Email, name, strings.Join(roles, ","), u.IsActive, login)
	}
	return table.Flush()
}

// PrintWhoCanSignIn prints, after a restore, the users who can sign in with the passwords that the backup has.
func PrintWhoCanSignIn(w io.Writer, users []*store.User, sessionsKept bool) {
	users = slices.DeleteFunc(users, func(u *store.User) bool { return !u.IsActive })
	if len(users) == 0 {
		fmt.Fprintln(w, "Nobody can sign in: make a user with crm user add.")
		return
	}
	if sessionsKept {
		fmt.Fprintln(w, "Sign-ins and tokens of the backup's day count again. These users can sign in, with the passwords of that day:")
	} else {
		fmt.Fprintln(w, "Everybody has to sign in again, and programs need new tokens. These users can sign in, with the passwords of the backup's day:")
	}
	for _, u := range users {
		fmt.Fprintf(w, "  %s (%s)\n", u.Email, strings.Join(u.Roles, ", "))
	}
	fmt.Fprintln(w, "Keep out who should not with crm user disable EMAIL.")
}

// Describe returns what is in a backup, as a part of a sentence. The content of an encrypted one is unknown without its key.
func Describe(b backup.File) string {
	if b.EncryptedFor != nil && b.Counts == nil {
		return fmt.Sprintf("encrypted for %s, up to change %d, as of %s (%.1f MB)", strings.Join(b.EncryptedFor, ", "), b.Seq, b.Time, float64(b.Size)/1e6)
	}
	return fmt.Sprintf("%s, %s and %d feedback up to change %d, as of %s (%.1f MB)",
		Several(b.Counts[store.KindCustomer], "customer"), Several(b.Counts[store.KindInteraction], "interaction"), b.Counts[store.KindFeedback], b.Seq, b.Time, float64(b.Size)/1e6)
}

// Several returns a number and a noun, in the plural unless n is 1.
func Several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// PrintVerified says what was found out about a backup. opened is whether an encrypted one was.
func PrintVerified(w io.Writer, b backup.File, opened bool) {
	if b.EncryptedFor == nil || opened {
		fmt.Fprintf(w, "%s is whole: %s.\n", b.Path, Describe(b))
		return
	}
	fmt.Fprintf(w, "%s is, byte for byte, what was written when it was verified at %s: %s.\nOnly its key can open it: crm backup verify FILE --identity KEYFILE reads what is in it too.\n", b.Path, b.VerifiedAt, Describe(b))
}

// PrintBackups prints the backups of a database in a folder, and how many there are of others.
func PrintBackups(w io.Writer, folder string, list []backup.File, others int) error {
	switch {
	case len(list) == 0 && others > 0:
		return fmt.Errorf("there are no backups of this database in %s, and %d of others: crm backup list --all shows them", folder, others)
	case len(list) == 0:
		return fmt.Errorf("there are no backups in %s: make one with crm backup, or name another folder", folder)
	}
	err := printTable(w, list)
	if others > 0 {
		fmt.Fprintf(w, "%s of other databases in this folder: crm backup list --all shows them.\n", Several(others, "backup"))
	}
	return err
}

func printTable(w io.Writer, list []backup.File) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tMB\tCUSTOMERS\tCHANGES\tVERIFIED\tFILE")
	for _, b := range list {
		made, verified, customers := "unreadable", "no: it is not whole", fmt.Sprint(b.Counts[store.KindCustomer])
		if b.Format != 0 {
			made = b.Time.String()
		}
		if b.VerifiedAt != nil {
			verified = b.VerifiedAt.String()
		}
		if b.EncryptedFor != nil {
			customers = "encrypted"
		}
		fmt.Fprintf(table, "%s\t%.1f\t%s\t%d\t%s\t%s\n", made, float64(b.Size)/1e6, customers, b.Seq, verified, b.Path)
	}
	return table.Flush()
}

// PrintSome prints sentences, at most 50, and how many more there are.
func PrintSome(w io.Writer, sentences []string) {
	const most = 50
	for _, s := range sentences[:min(most, len(sentences))] {
		fmt.Fprintln(w, s)
	}
	if more := len(sentences) - most; more > 0 {
		fmt.Fprintf(w, "… and %d more\n", more)
	}
}

// Outdated says which rules a record breaks that is older than they are.
func Outdated(o store.Outdated) string {
	var parts []string
	if o.Same != nil {
		what := "the e-mail address"
		if o.Kind == store.KindSegment {
			what = "the name"
		}
		parts = append(parts, fmt.Sprintf("has %s of %s %s, written in another way", what, o.Kind, *o.Same))
	}
	for _, rule := range o.Rules {
		parts = append(parts, fmt.Sprintf("%s: %s", rule.Field, rule.Msg))
	}
	return fmt.Sprintf("%s %s: %s", o.Kind, o.ID, strings.Join(parts, "; "))
}
