package text

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestInternational(t *testing.T) {
	tests := []struct{ phone, want string }{
		// Moroccan numbers
		{"0612345678", "+212612345678"}, {"06 12-34.56 78", "+212612345678"}, {"+212 6 12 34 56 78", "+212612345678"}, {"00212612345678", "+212612345678"},
		{"212612345678", "+212612345678"}, {"612345678", "+212612345678"}, {"+212 (0)6 12 34 56 78", "+212612345678"}, {"(0612) 345678", "+212612345678"},
		{"٠٦١٢٣٤٥٦٧٨", "+212612345678"}, {"＋２１２６１２３４５６７８", "+212612345678"}, {"+212\u200e612345678", "+212612345678"}, {"00+212612345678", "+212612345678"},
		{"+00212612345678", "+212612345678"}, {"+0612345678", "+212612345678"}, {"0537 77 30 00", "+212537773000"}, {"0808 00 00 01", "+212808000001"},
		// a trunk zero behind the country code
		{"+212 0661901101", "+212661901101"}, {"0049 0170 1234567", "+491701234567"}, {"+4407400123456", "+447400123456"}, {"2120661901101", "+212661901101"},
		{"+39 06 12345678", "+390612345678"}, {"+225 07 12 34 56 78", "+2250712345678"}, {"+7 8 912 345-67-89", "+79123456789"},
		// without a plus
		{"33612345678", "+33612345678"}, {"4915112345678", "+4915112345678"}, {"14165550123", "+14165550123"},
		// extra digits
		{"+52 1 222 123 4567", "+522221234567"}, {"+52 222 123 4567", "+522221234567"}, {"+52 044 222 123 4567", "+522221234567"},
		{"+54 9 11 2345 6789", "+5491123456789"}, {"+54 11 15 2345 6789", "+5491123456789"}, {"+54 9 11 15 2345-6789", "+5491123456789"},
		{"+54 11 2345 6789", "+541123456789"}, {"+55 11 96123 4567", "+5511961234567"}, {"+55 11 6123 4567", "+5511961234567"},
		{"+55 (0)11 96123-4567", "+5511961234567"}, {"+55 11 2345 6789", "+551123456789"},
		// labels, schemes and separators
		{"tel:+212661901101", "+212661901101"}, {"tél. 06 61 90 11 01", "+212661901101"}, {"06·61·90·11·01", "+212661901101"}, {"06_61_90_11_01", "+212661901101"},
		{"0661,90 11 01;", "+212661901101"}, {"GSM : 0661901101", "+212661901101"}, {"هاتف: 0661901101", "+212661901101"}, {"wa.me/212661901101", "+212661901101"},
		{"0661901101 (Salma)", "+212661901101"},
		// extensions, and a second number
		{"0661901101x12", "+212661901101"}, {"0661901101 poste 12", "+212661901101"}, {"0661901101 #12", "+212661901101"}, {"0522123456/57", "+212522123456"},
		{"0661901101 (12)", "+212661901101"}, {"0661901101,,12", "+212661901101"}, {"+33612345678;ext=9", "+33612345678"},
		// numbers of nobody's country, and numbers that cannot be read
		{"+800 1234 5678", "+80012345678"}, {"0123456789", ""}, {"06123", ""}, {"190", ""}, {"0", ""}, {"+", ""}, {"", ""}, {"+999123456789", ""},
		{"06123456789", ""}, {"1 800 FLOWERS", ""}, {"00", ""}, {"+212", ""}, {"00000000000000000000", ""},
	}
	home := CountryOf("MA")
	for _, tt := range tests {
		if got := International(tt.phone, home); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.phone, got, tt.want)
		}
	}
}

func TestInternationalByRegion(t *testing.T) {
	tests := []struct{ region, phone, want string }{
		{"FR", "0612345678", "+33612345678"}, {"FR", "212661901101", "+212661901101"}, {"IT", "06 1234 5678", "+390612345678"}, {"IT", "33612345678", "+3933612345678"},
		{"AR", "011 15 2345-6789", "+5491123456789"}, {"AR", "15 2345-6789", ""}, {"BR", "0 15 11 96123-4567", "+5511961234567"}, {"BR", "(11) 6123-4567", "+5511961234567"},
		{"MX", "044 222 123 4567", "+522221234567"}, {"MX", "222 123 4567", "+522221234567"}, {"US", "011 212 661901101", "+212661901101"}, {"US", "(212) 555-0100", "+12125550100"},
		{"US", "1 212 555 0100", "+12125550100"}, {"SN", "77 123 45 67", "+221771234567"}, {"", "+212661901101", "+212661901101"}, {"", "00212661901101", "+212661901101"},
		{"", "0661901101", ""}, {"", "212661901101", "+212661901101"}, {"XX", "0661901101", ""},
	}
	for _, tt := range tests {
		if got := International(tt.phone, CountryOf(tt.region)); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.region, tt.phone, got, tt.want)
		}
	}
}

func TestPhoneForms(t *testing.T) {
	home := CountryOf("MA")
	for phone, want := range map[string]string{
		"+212 6 12-34 56 78": "212612345678 0612345678", "0612345678": "0612345678 212612345678", "00212612345678": "00212612345678 212612345678 0612345678",
		"212612345678": "212612345678 0612345678", "٠٦١٢٣٤٥٦٧٨": "0612345678 212612345678", "+1 415 555 0100": "14155550100",
		"612345678": "612345678 212612345678 0612345678", "(+33) 6 12 34 56 78": "33612345678 0612345678",
		"+212 (0)612-345678": "2120612345678 212612345678 0612345678", "15": "15", "ext. 4": "4", "0661901101 x12": "066190110112 212661901101 0661901101",
		"+54 9 11 2345 6789": "5491123456789 01123456789", "0123456789": "0123456789 212123456789", "+212 6123": "2126123 06123", "+999 12": "99912",
	} {
		if got := strings.Join(PhoneForms(phone, International(phone, home), home), " "); got != want {
			t.Errorf("%s: got %q, want %q", phone, got, want)
		}
	}
}

// examples yields an example of each type of number of each region, as the metadata has them.
func examples(yield func(region string, n *phonenumbers.PhoneNumber) bool) {
	for _, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil && !yield(region, n) {
				return
			}
		}
	}
}

// spellings are ways to write a number with its country code.
func spellings(n *phonenumbers.PhoneNumber) (all []string) {
	code, national := fmt.Sprint(n.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(n)
	trunk := phonenumbers.GetNddPrefixForRegion(phonenumbers.GetRegionCodeForNumber(n), true)
	return []string{
		"+" + code + national, "00" + code + national, "+" + code + " (" + trunk + ")" + national, "+" + code + trunk + national, "00 " + code + "-" + trunk + national,
		phonenumbers.Format(n, phonenumbers.INTERNATIONAL), phonenumbers.Format(n, phonenumbers.RFC3966), "tel. +" + code + "·" + strings.Join(strings.Split(national, ""), "_"),
		"+" + code + national + " ext. 12",
	}
}

// Every example of the metadata is read in every spelling, and as libphonenumber reads it.
func TestInternationalReadsEveryRegion(t *testing.T) {
	home, n := CountryOf("MA"), 0
	for region, example := range examples {
		want := phonenumbers.Format(example, phonenumbers.E164)
		for _, phone := range spellings(example) {
			n++
			if got := International(phone, home); got != want {
				t.Errorf("%s %q: got %q, want %q", region, phone, got, want)
			}
		}
		national := phonenumbers.GetNddPrefixForRegion(region, true) + phonenumbers.GetNationalSignificantNumber(example)
		theirs, err := phonenumbers.Parse(national, region)
		if err != nil {
			continue
		}
		if got, want := International(national, CountryOf(region)), phonenumbers.Format(theirs, phonenumbers.E164); phonenumbers.IsValidNumber(theirs) && got != want {
			t.Errorf("%s %q: got %q, want %q", region, national, got, want)
		}
	}
	if n < 5000 {
		t.Errorf("got %d spellings", n)
	}
}

func FuzzInternational(f *testing.F) {
	for _, phone := range []string{"0612345678", "+212 (0)6 12", "+", "00+212", "tél. 06·61", "0661901101 x12", "+54 11 15 2345 6789", "٠٦١٢", "0522123456/57"} {
		f.Add(phone, "MA")
		f.Add(phone, "AR")
	}
	f.Fuzz(func(t *testing.T, phone, region string) {
		home := CountryOf(region)
		got := International(phone, home)
		if got == "" {
			return
		}
		if strings.Trim(got[1:], "0123456789") != "" || got[0] != '+' || len(got) > 20 {
			t.Errorf("%q is read as %q", phone, got)
		}
		if again := International(got, home); again != got {
			t.Errorf("%q is read as %q, and that as %q", phone, got, again)
		}
	})
}

func BenchmarkInternational(b *testing.B) {
	home := CountryOf("MA")
	for _, phone := range []string{"0612345678", "+212 6 12-34 56 78", "+33 6 12 34 56 78", "+1 416 555 0123", "123"} {
		b.Run(phone, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				International(phone, home)
			}
		})
	}
}

// Numbers in databases are read again when PhoneRules change, which they must with the metadata.
func TestPhoneRulesNameTheMetadata(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version, _, _ := strings.Cut(PhoneRules, "/")
	if !strings.Contains(string(mod), "github.com/nyaruka/phonenumbers "+version+"\n") {
		t.Errorf("PhoneRules are %q; give them the version of phonenumbers in go.mod", PhoneRules)
	}
}
