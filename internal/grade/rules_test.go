package grade

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestRulesFor(t *testing.T) {
	for _, c := range []struct {
		book, licence string
		at            time.Time
		want          string // book and jurisdiction
	}{
		{"", "", placed, "common shape"},
		{"caesars", "", placed, "common shape"},
		{"draftkings", "", placed, "draftkings"},
		{"draftkings", "NJ", placed, "draftkings"},
		{"betmgm", "", placed, "betmgm"},
		{"betmgm", "NJ", placed, "betmgm"},
		{"betmgm", "MD VA", placed, "betmgm VA"},
		{"betmgm", "VA", time.Date(2024, time.August, 28, 23, 59, 0, 0, time.UTC), "betmgm"},
		{"betmgm", "VA", time.Date(2024, time.August, 29, 0, 0, 0, 0, time.UTC), "betmgm VA"},
		{"kalshi", "", placed, "no rules known"},
	} {
		r := RulesFor(book(t, c.book, c.licence), mlb.Total, mlb.FullGame, c.at)
		if got := r.Citation(); !strings.HasPrefix(got, c.want) || c.want == "betmgm" && strings.HasPrefix(got, "betmgm VA") {
			t.Errorf("%s %s on %s: got %q, want %q", c.book, c.licence, c.at, got, c.want)
		}
	}
}

func TestRulesEnd(t *testing.T) {
	r := Ruleset{ValidFrom: day, ValidTo: day}
	for at, want := range map[time.Time]bool{
		time.Date(2026, time.July, 17, 23, 59, 59, 0, time.UTC): false,
		time.Date(2026, time.July, 18, 0, 0, 0, 0, time.UTC):    true,
		time.Date(2026, time.July, 18, 23, 59, 59, 0, time.UTC): true,
		time.Date(2026, time.July, 19, 0, 0, 0, 0, time.UTC):    false,
	} {
		if r.inForce(at) != want {
			t.Errorf("at %s: in force %v", at, !want)
		}
	}
}

// TestRulebook has every row cited, of a known book, and alone in its place.
func TestRulebook(t *testing.T) {
	seen := map[Ruleset]bool{}
	for _, r := range Rulebook() {
		if r.Book != "" {
			book(t, r.Book, "") // fails where there is none
		}
		u, err := url.Parse(r.SourceURL)
		if err != nil || (u.Scheme != "https" || u.Host == "") && (r.SourceURL != "" || r.Remark == "") {
			t.Errorf("%s: source %q", r.Citation(), r.SourceURL)
		}
		if r.ReviewedAt == (mlb.Date{}) || r.Official == 0 && r.Book != "bookmaker" {
			t.Errorf("%s: incomplete", r.Citation())
		}
		place := Ruleset{Book: r.Book, Jurisdiction: r.Jurisdiction, Market: r.Market, Period: r.Period, ValidFrom: r.ValidFrom}
		if seen[place] {
			t.Errorf("%s: twice", r.Citation())
		}
		seen[place] = true
	}
	if len(seen) != 6*len(books) {
		t.Errorf("got %d rows", len(seen))
	}
}

func TestCitation(t *testing.T) {
	for slug, want := range map[string]string{
		"": "common shape, total of the game: https://www.actionnetwork.com/mlb/suspended-shortened-mlb-betting-rules, " +
			"reviewed 2026-11-24",
		"betmgm VA": "betmgm VA, total of the game: https://help.va.betmgm.com/en/sports-help/sports-house-rules/" +
			"baseball-wager-types-and-rules, reviewed 2026-11-24",
		"espnbet": "espnbet, total of the game: as reported, no page of its own read, reviewed 2026-11-24",
		"kalshi":  "no rules known",
	} {
		g := judge(t, slug, ticket(t, "total over 7.5"), timeline(game(t, nine)))
		if g.Citation != want {
			t.Errorf("%s: got  %q\nwant %q", slug, g.Citation, want)
		}
	}
}
