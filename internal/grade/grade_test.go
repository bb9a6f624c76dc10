package grade

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// The game of every test was to start at 19:05 Eastern on 18 July 2026.
var (
	scheduled = time.Date(2026, time.July, 18, 23, 5, 0, 0, time.UTC)
	placed    = scheduled.Add(-6 * time.Hour)
	day       = mlb.Date{Year: 2026, Month: time.July, Day: 18}
	nextDay   = mlb.Date{Year: 2026, Month: time.July, Day: 19}
	dayBefore = mlb.Date{Year: 2026, Month: time.July, Day: 17}
)

// ticket reads "moneyline home", "run_line away +1.5" and "total over 8.5",
// the line as the side's own ticket shows it; "f5" before it is the first
// five innings. The price is -110.
func ticket(t testing.TB, text string) Bet {
	t.Helper()
	b := Bet{Period: mlb.FullGame, Price: american110(t), PlacedAt: placed}
	words := strings.Fields(text)
	if words[0] == "f5" {
		b.Period, words = mlb.FirstFive, words[1:]
	}
	var err error
	if b.Market, err = mlb.ParseMarket(words[0]); err != nil {
		t.Fatal(err)
	}
	if b.Side, err = mlb.ParseSide(words[1]); err != nil {
		t.Fatal(err)
	}
	if len(words) > 2 {
		line, err := mlb.ParseLine(words[2])
		if err != nil {
			t.Fatal(err)
		}
		b.Line = line.ForSide(b.Market, b.Side) // its own inverse
	}
	return b
}

func american110(t testing.TB) odds.Price {
	t.Helper()
	p, err := odds.FromAmerican(-110)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// game reads a line score, "000 100 000 | 000 000 02x", away first: x is not
// played, runs of ten and more are in brackets. "away-home" alone, "4-5", is a
// final without innings.
func game(t testing.TB, text string) mlb.Result {
	t.Helper()
	r := mlb.Result{Status: mlb.Final}
	away, home, innings := strings.Cut(text, "|")
	if !innings {
		if _, err := fmt.Sscanf(text, "%d-%d", &r.Score.Away, &r.Score.Home); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return r
	}
	r.ScheduledInnings = 9
	r.LineScore.Away, r.Score.Away = half(t, away)
	r.LineScore.Home, r.Score.Home = half(t, home)
	return r
}

func half(t testing.TB, text string) (innings []int8, runs int) {
	t.Helper()
	text = strings.ReplaceAll(text, " ", "")
	for len(text) > 0 {
		n := int(text[0] - '0')
		rest := text[1:]
		if text[0] == '(' {
			var in string
			in, rest, _ = strings.Cut(rest, ")")
			if _, err := fmt.Sscan(in, &n); err != nil {
				t.Fatal(err)
			}
		}
		if text[0] == 'x' {
			innings, text = append(innings, mlb.NotPlayed), rest
			continue
		}
		innings, runs, text = append(innings, int8(n)), runs+n, rest
	}
	return innings, runs
}

func book(t testing.TB, slug, licence string) mlb.Book {
	t.Helper()
	if slug == "" {
		return mlb.Book{}
	}
	all, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.Brand.Slug == slug && b.Licence == licence {
			return b
		}
	}
	for _, b := range all {
		if b.Brand.Slug == slug {
			b.Licence = licence
			return b
		}
	}
	t.Fatalf("no book %q", slug)
	return mlb.Book{}
}

func timeline(r mlb.Result) Timeline {
	return Timeline{Result: r, AsOf: scheduled.Add(8 * time.Hour), Scheduled: scheduled}
}

// judge grades a bet under a book's rules.
func judge(t testing.TB, slug string, b Bet, tl Timeline) Grading {
	t.Helper()
	brand, licence, _ := strings.Cut(slug, " ")
	return Grade(b, tl, RulesFor(book(t, brand, licence), b.Market, b.Period, b.PlacedAt))
}

const (
	nine       = "000 120 000 | 100 000 31x"     // 3-5, the home side did not bat in the 9th
	byOne      = "000 120 000 | 100 000 21x"     // 3-4
	away53     = "200 000 003 | 000 021 000"     // 5-3, all nine
	walkOff    = "000 030 000 | 000 000 301"     // 3-4 in the 9th
	slam       = "000 030 000 | 000 000 304"     // 3-7 in the 9th
	shutout    = "000 000 000 | 000 001 00x"     // 0-1
	extraHome  = "000 200 000 1 | 000 002 000 2" // 3-4 in the 10th
	extraAway  = "000 200 000 4 | 000 002 000 1" // 6-3 in 10
	rain5      = "100 00 | 300 00"               // called after five, 1-3
	rain45     = "100 00 | 300 0"                // called after four and a half, 1-3
	rain45pad  = "100 00xxxx | 300 0xxxxx"       // the same, as some sources pad it
	rain5away  = "300 00 | 100 00"               // called after five, 3-1
	rain5tie   = "100 00 | 100 00"               // called, 1-1
	rain6      = "104 000 | 301 001"             // called after six, 5-5 at the end
	rain6home  = "104 000 | 301 100"             // 5-5
	rain7      = "014 000 0 | 220 000 0"         // called after seven, 5-4
	mid7behind = "000 000 3 | 200 000"           // the top of the 7th took the lead, then rain: 3-2
	mid7ahead  = "000 000 1 | 200 000"           // 1-2
	mid7level  = "000 000 2 | 200 000"           // 2-2
	in7behind  = "000 000 3 | 200 000 0"         // the home side has begun to bat, behind, 3-2
	in7took    = "000 000 3 | 200 000 2"         // and has taken the lead, 3-4
	seven      = "010 000 0 | 200 010 x"         // of a seven-inning doubleheader, 1-3
	seven8     = "010 020 0 1 | 200 010 0 2"     // 4-5 in its 8th
	mid10      = "000 020 000 2 | 000 002 000"   // called in the middle of the 10th, 4-2
	four       = "100 0 | 300 0"                 // stopped after four
	f5tie      = "010 010 000 | 200 000 01x"     // 2-2 after five, then 2-3
)

func TestGradeFinals(t *testing.T) {
	for _, c := range []struct {
		book, bet, game string
		want            Outcome
		event           string
	}{
		// nine innings, or eight and a half
		{"", "moneyline home", nine, Win, "final 3-5"},
		{"", "moneyline away", nine, Lose, "final 3-5"},
		{"", "run_line home -1.5", nine, Win, "final 3-5, margin 2 against -1.5"},
		{"", "run_line away +1.5", nine, Lose, "margin -2 against +1.5"},
		{"", "run_line home -1.5", byOne, Lose, "margin 1 against -1.5"},
		{"", "run_line away +1.5", byOne, Win, "margin -1 against +1.5"},
		{"", "run_line home -2", nine, Push, "margin 2 against -2.0"},
		{"", "run_line away +2", nine, Push, "margin -2 against +2.0"},
		{"", "run_line home +1.5", away53, Lose, "margin -2 against +1.5"},
		{"", "run_line away -1.5", away53, Win, "margin 2 against -1.5"},
		{"", "run_line away -2", away53, Push, ""},
		{"", "run_line home -1", byOne, Push, ""},
		{"", "run_line home 0", byOne, Win, "against +0.0"}, // pick'em is a line
		{"", "run_line away 0", byOne, Lose, ""},
		{"", "total over 7.5", nine, Win, "8 runs against 7.5"},
		{"", "total under 7.5", nine, Lose, ""},
		{"", "total over 8", nine, Push, "8 runs against 8.0"},
		{"", "total under 8", nine, Push, ""},
		{"", "total over 8.5", nine, Lose, ""},
		{"", "total under 8.5", nine, Win, ""},
		{"", "total under 1", shutout, Push, ""},
		{"", "moneyline home", shutout, Win, ""},
		// walk-offs: the winning run ends it, so the margin is what it is
		{"", "moneyline home", walkOff, Win, "final 3-4"},
		{"", "run_line home -1.5", walkOff, Lose, ""},
		{"", "total over 7", walkOff, Push, ""},
		{"", "run_line home -1.5", slam, Win, "margin 4"},
		// extra innings count in the full game
		{"", "moneyline home", extraHome, Win, "final 3-4"},
		{"", "total over 6.5", extraHome, Win, ""},
		{"", "moneyline away", extraAway, Win, "final 6-3"},
		{"", "run_line away -1.5", extraAway, Win, "margin 3"},
		// called early: a moneyline is official after five
		{"", "moneyline home", rain5, Win, "called after 5 innings, 1-3"},
		{"", "moneyline away", rain5, Lose, ""},
		{"", "moneyline home", rain45, Win, "called after 4½ innings, 1-3"},
		{"", "moneyline home", rain45pad, Win, ""},
		{"", "moneyline away", rain5away, Win, ""},
		{"", "moneyline home", rain5tie, Push, "a tie"},
		{"", "moneyline away", rain5tie, Push, "a tie"},
		{"", "moneyline home", rain6, Push, ""},
		{"", "moneyline away", rain7, Win, "called after 7 innings, 5-4"},
		{"", "moneyline home", four, Void, "1-3 after 4 innings: too short"},
		{"", "moneyline home", "100 0 | 300 x", Void, ""},
		// the last full inning, except that the home side's bottom half counts
		{"", "moneyline home", mid7behind, Win, "called at 3-2, last full inning 0-2"},
		{"", "moneyline away", mid7behind, Lose, ""},
		{"", "moneyline home", mid7ahead, Win, ""},
		{"", "moneyline home", mid7level, Win, "last full inning 0-2"},
		{"", "moneyline home", in7took, Win, ""},
		{"", "moneyline home", in7behind, Manual, "whether the last inning was completed is not told"},
		{"", "moneyline home", mid10, Push, "last full inning 2-2, a tie"},
		{"", "total over 4", mid10, Push, "4 runs against 4.0"},
		// run lines and totals need it whole
		{"", "run_line home -1.5", rain5, Void, "too short"},
		{"", "run_line home -1.5", rain6, Void, ""},
		{"", "run_line away +1.5", rain7, Void, ""},
		{"", "total under 8.5", rain5, Void, "too short"},
		{"", "total under 10.5", rain6, Void, ""},
		{"", "total over 10", rain6, Void, ""}, // ten runs, a push if it ended here, are not decided
		// already decided: the over has its runs, and the under can never have
		{"fanduel", "total over 7.5", rain7, Win, "too short, but already decided at 5-4, 9 runs against 7.5"},
		{"fanduel", "total under 7.5", rain7, Lose, "already decided"},
		{"draftkings", "total over 8.5", rain7, Win, ""},
		{"betmgm", "total over 8.5", rain7, Win, ""},
		{"fanatics", "total over 8.5", rain7, Win, ""},
		{"draftkings", "total over 9", rain7, Void, ""},
		{"draftkings", "total under 9.5", rain7, Void, ""},
		{"draftkings", "run_line home -1.5", rain5, Void, ""},
		{"", "total over 7.5", rain7, Manual, "whether the book honours that is not known"},
		{"", "total under 7.5", rain7, Manual, ""},
		{"caesars", "total over 7.5", rain7, Manual, ""}, // nothing of its own is known
		// BetCRIS wants nine for a moneyline too, of Bookmaker it is not known
		{"cris", "moneyline home", rain5, Void, ""},
		{"cris", "moneyline home", nine, Win, ""},
		{"bookmaker", "moneyline home", rain5, Manual, "whether that is official cannot be told"},
		{"bookmaker", "moneyline home", nine, Win, ""},
		// first five
		{"", "f5 moneyline away", nine, Win, "after five innings 3-1"},
		{"", "f5 moneyline home", nine, Lose, ""},
		{"", "f5 run_line away -1.5", nine, Win, ""},
		{"", "f5 run_line home +2", nine, Push, ""},
		{"", "f5 total over 4", nine, Push, "4 runs against 4.0"},
		{"", "f5 total under 4.5", nine, Win, ""},
		{"", "f5 moneyline home", f5tie, Push, "after five innings 2-2, a tie"},
		{"", "f5 moneyline away", f5tie, Push, "a tie"},
		{"", "f5 run_line home -0.5", f5tie, Lose, ""},
		{"", "f5 run_line away +0.5", f5tie, Win, ""},
		{"", "f5 total over 4.5", extraHome, Lose, "2 runs"},
		{"", "f5 moneyline home", rain6, Lose, "after five innings 5-4"}, // the rain came later
		{"", "f5 moneyline away", rain5away, Win, ""},
		{"", "f5 moneyline home", rain5, Manual, "whether that is official cannot be told"},
		{"", "f5 total over 3", rain5, Manual, ""},
		{"", "f5 moneyline home", rain45, Void, "too short"},
		{"", "f5 total over 3.5", rain45, Manual, "over 3.5 already"},
		{"", "f5 total over 4", rain45, Void, ""},
		{"draftkings", "f5 total over 3.5", rain45, Win, "already decided at 1-3"},
		{"pinnacle", "f5 moneyline home", rain45, Win, "after five innings 1-3"},
		{"pinnacle", "f5 run_line home -1.5", rain45, Win, ""},
		{"pinnacle", "f5 total over 3.5", rain45, Manual, ""},
		{"", "f5 moneyline home", four, Void, ""},
		// only the final score is told
		{"", "moneyline home", "3-4", Win, "final 3-4"},
		{"", "run_line home -1.5", "3-4", Lose, ""},
		{"", "total over 7", "3-4", Push, ""},
		{"", "moneyline home", "0-0", Manual, "a tie of 0-0 is a game called, or no score"},
		{"", "f5 moneyline home", "3-4", Manual, "no innings told"},
		// innings that contradict themselves or the score
		{"", "moneyline home", "000 000 0 | 100 000 000", Manual, "do not fit"},
		{"", "moneyline home", "000 x00 000 | 100 000 00x", Manual, "do not fit"},
		{"", "moneyline home", "000 000 000 | 100 00", Manual, "do not fit"},
		// exchanges have rules of another kind
		{"kalshi", "moneyline home", nine, Manual, "no rules are known"},
	} {
		name := strings.TrimSpace(c.book + " " + c.bet + ": " + c.game)
		b := ticket(t, c.bet)
		r := game(t, c.game)
		g := judge(t, c.book, b, timeline(r))
		if g.Outcome != c.want || !strings.Contains(g.Event, c.event) {
			t.Errorf("%s:\ngot  %s: %s\nwant %s: %s", name, g.Outcome, g.Event, c.want, c.event)
		}
		checkReturn(t, name, b, g)
	}
}

func checkReturn(t testing.TB, name string, b Bet, g Grading) {
	t.Helper()
	want := map[Outcome]float64{Win: b.Price.Decimal(), Push: 1, Void: 1}[g.Outcome]
	if g.Return != want {
		t.Errorf("%s: %s returns %v, want %v", name, g.Outcome, g.Return, want)
	}
	if g.Event == "" || g.Citation == "" {
		t.Errorf("%s: %+v says not why", name, g)
	}
}

// TestGradeLastHalf tells how the last half-inning ended, which decides what
// the runs alone leave open.
func TestGradeLastHalf(t *testing.T) {
	for _, c := range []struct {
		bet, game string
		last      Half
		want      Outcome
	}{
		{"moneyline home", in7behind, Complete, Lose},
		{"moneyline home", in7behind, Incomplete, Win}, // back to 0-2 after six
		{"moneyline home", in7took, Incomplete, Win},
		{"f5 moneyline home", rain5, Complete, Win},
		{"f5 moneyline home", rain5, Incomplete, Void},
		{"f5 total over 3.5", rain5, Complete, Win},
		{"f5 moneyline home", rain5tie, Complete, Push},
		{"f5 moneyline away", rain5away, Incomplete, Void},
		{"moneyline home", rain5tie, Incomplete, Void},
		{"moneyline home", rain5, Incomplete, Win}, // four and a half were enough
		{"total under 5.5", "001 001 000 | 000 000 200", Complete, Win},
		{"total under 5.5", "001 001 000 | 000 000 200", 0, Manual}, // level: did the bottom of the 9th end?
		{"total under 5.5", "001 001 000 | 000 000 200", Incomplete, Void},
		{"run_line home -0.5", "001 000 000 | 000 000 20x", Incomplete, Void}, // eight whole, and not the ninth
	} {
		tl := timeline(game(t, c.game))
		tl.LastHalf = c.last
		if g := judge(t, "", ticket(t, c.bet), tl); g.Outcome != c.want {
			t.Errorf("%s, %s, last half %d: got %s (%s), want %s", c.bet, c.game, c.last, g.Outcome, g.Event, c.want)
		}
	}
}

func TestGradeSevenInnings(t *testing.T) {
	for _, c := range []struct {
		bet, game string
		scheduled int
		want      Outcome
	}{
		{"moneyline home", seven, 7, Win},
		{"run_line home -1.5", seven, 7, Win},
		{"total under 5.5", seven, 7, Win},
		{"total over 4", seven, 7, Push},
		{"total under 5.5", seven8, 7, Lose},
		{"moneyline home", seven8, 7, Win},
		{"f5 moneyline home", seven, 7, Win},
		{"total under 5.5", seven, 9, Void},   // the same innings of a game of nine, cut short
		{"total under 5.5", seven, 0, Manual}, // nobody tells which it was
		{"moneyline home", seven, 0, Win},
		{"total over 3.5", "010 00 | 200 01", 7, Manual},
		{"run_line home -1.5", "010 00 | 200 01", 7, Void},
		{"moneyline home", "010 00 | 200 01", 7, Win},
		{"total under 4.5", rain6, 0, Manual}, // over 4.5 already
		{"total under 10.5", rain6, 0, Void},  // too short for either
		{"total over 7.5", nine, 0, Win},
	} {
		r := game(t, c.game)
		r.ScheduledInnings = c.scheduled
		if g := judge(t, "", ticket(t, c.bet), timeline(r)); g.Outcome != c.want {
			t.Errorf("%s, %s of %d: got %s (%s), want %s", c.bet, c.game, c.scheduled, g.Outcome, g.Event, c.want)
		}
	}
}

// TestGradeNineInningSource has a source whose line score stops at nine: what
// came later is the difference to the final score.
func TestGradeNineInningSource(t *testing.T) {
	r := game(t, "000 200 000 | 000 002 000")
	r.Score = mlb.Score{Home: 3, Away: 5}
	for bet, want := range map[string]Outcome{
		"moneyline away": Win, "run_line away -1.5": Win, "total over 8": Push, "f5 total under 2.5": Win,
	} {
		if g := judge(t, "", ticket(t, bet), timeline(r)); g.Outcome != want {
			t.Errorf("%s: got %s (%s), want %s", bet, g.Outcome, g.Event, want)
		}
	}
	r = game(t, nine)
	r.Score.Home++
	for _, bet := range []string{"moneyline home", "f5 moneyline home"} {
		if g := judge(t, "", ticket(t, bet), timeline(r)); g.Outcome != Manual || g.Event != "the innings add up to 3-5, the score is 3-6" {
			t.Errorf("%s: got %s (%s)", bet, g.Outcome, g.Event)
		}
	}
}

func TestGradeFinalWithoutInningsSaysSo(t *testing.T) {
	g := judge(t, "", ticket(t, "moneyline home"), timeline(game(t, "3-4")))
	if g.Note != "no innings told: taken as played to its end" {
		t.Errorf("note %q", g.Note)
	}
	if g := judge(t, "", ticket(t, "moneyline home"), timeline(game(t, nine))); g.Note != "" {
		t.Errorf("note %q where innings are told", g.Note)
	}
}

// TestGradeNotFinal is of games that were not played, or not to the end.
func TestGradeNotFinal(t *testing.T) {
	at := func(h float64) time.Time { return scheduled.Add(time.Duration(h * float64(time.Hour))) }
	inProgress := game(t, rain6)
	inProgress.Status = mlb.InProgress
	stop := func(text string, resumes time.Time) *Suspension {
		r := game(t, text)
		return &Suspension{At: at(2), ResumesAt: resumes, Score: r.Score, LineScore: r.LineScore, LastHalf: Complete}
	}
	move := func(to mlb.Date) []Move { return []Move{{ToldAt: placed.Add(time.Hour), From: day, To: to}} }
	for name, c := range map[string]struct {
		book, bet string
		result    string // "" for no score
		status    mlb.Status
		change    func(*Timeline)
		want      Outcome
		event     string
	}{
		"nothing told":          {"", "moneyline home", "", 0, nil, Pending, "no result has been told"},
		"scheduled":             {"", "moneyline home", "", mlb.Scheduled, nil, Pending, "has not begun"},
		"in progress":           {"", "moneyline home", rain6, mlb.InProgress, nil, Pending, "in progress"},
		"first five is over":    {"", "f5 moneyline away", rain6, mlb.InProgress, nil, Win, "after five innings 5-4"},
		"first five is not":     {"", "f5 moneyline home", rain5, mlb.InProgress, nil, Pending, ""},
		"in the bottom 5th":     {"pinnacle", "f5 run_line home -1.5", rain5, mlb.InProgress, nil, Pending, ""},
		"cancelled":             {"", "moneyline home", "", mlb.Cancelled, nil, Void, "cancelled"},
		"forfeited":             {"", "moneyline home", "0-9", mlb.Forfeited, nil, Manual, "forfeited"},
		"postponed":             {"", "moneyline home", "", mlb.Postponed, nil, Void, "before the first pitch"},
		"postponed, DraftKings": {"draftkings", "total over 8.5", "", mlb.Postponed, nil, Void, ""},
		"postponed, with a day": {"", "moneyline home", "", mlb.Postponed, func(x *Timeline) { x.Moves = move(nextDay) }, Void, "from 2026-07-18 to 2026-07-19"},
		"played the next day":   {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Moves = move(nextDay) }, Void, ""},
		"bet after the move": {
			"", "moneyline home", nine, mlb.Final,
			func(x *Timeline) { x.Moves = []Move{{placed.Add(-time.Hour), dayBefore, day}} }, Win, "",
		},
		"played later that day": {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Moves = move(day) }, Manual, "on the same day is not known"},
		"the same, ESPN BET":    {"espnbet", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Moves = move(day) }, Win, ""},
		"next day, ESPN BET":    {"espnbet", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Moves = move(nextDay) }, Void, ""},
		"today yet, ESPN BET":   {"espnbet", "moneyline home", "", mlb.Postponed, nil, Pending, "if played the same day"},
		"too late, ESPN BET":    {"espnbet", "moneyline home", "", mlb.Postponed, func(x *Timeline) { x.AsOf = at(25) }, Void, ""},
		"brought forward":       {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Moves = move(dayBefore) }, Manual, "brought forward"},
		"a move nobody told": {
			"", "moneyline home", nine, mlb.Final,
			func(x *Timeline) { x.FirstPitch = at(20) }, Manual, "no move of its day was told",
		},
		"new day not told": {
			"", "moneyline home", nine, mlb.Final,
			func(x *Timeline) { x.Moves = move(mlb.Date{}) }, Manual, "the day it was played on is not told",
		},
		"no new day yet":    {"", "moneyline home", "", mlb.Postponed, func(x *Timeline) { x.Moves = move(mlb.Date{}) }, Void, ""},
		"a long rain delay": {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.FirstPitch = at(3.5) }, Win, ""},

		"suspended, book unknown":  {"", "moneyline home", rain6, mlb.Suspended, nil, Manual, "how long the book waits is not known"},
		"suspended, in the window": {"draftkings", "moneyline home", in7took, mlb.Suspended, nil, Pending, "until 2026-07-20 11:05 UTC"},
		"suspended, five decided":  {"draftkings", "f5 total over 1.5", in7took, mlb.Suspended, nil, Win, "after five innings 0-2"},
		"suspended, window over":   {"draftkings", "moneyline home", in7took, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Void, "not resumed in time"},
		"the same, over decided":   {"draftkings", "total over 6.5", in7took, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Win, "not resumed in time, but already decided at 3-4"},
		"the same, under decided":  {"draftkings", "total under 6.5", in7took, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Lose, ""},
		"the same, not decided":    {"draftkings", "total under 7.5", in7took, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Void, ""},
		"postseason waits":         {"draftkings", "moneyline home", in7took, mlb.Suspended, func(x *Timeline) { x.AsOf, x.Postseason = at(90), true }, Pending, "postseason"},
		"postseason, not known":    {"espnbet", "moneyline home", in7took, mlb.Suspended, func(x *Timeline) { x.Postseason = true }, Manual, "in the postseason"},
		"postseason, completed":    {"draftkings", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension, x.Postseason = stop(rain6, at(90)), true }, Win, ""},
		"resumed in time":          {"draftkings", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(20)) }, Win, "final 3-5"},
		"resumed too late":         {"draftkings", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(60)) }, Void, ""},
		"too late, over decided":   {"draftkings", "total over 9.5", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(60)) }, Win, "5-5, 10 runs"},
		"too late, five decided":   {"draftkings", "f5 moneyline away", rain6, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(60)) }, Win, ""},
		"too late, five not over":  {"draftkings", "f5 moneyline away", four, mlb.Suspended, func(x *Timeline) { x.AsOf = at(60) }, Void, ""},
		"resumption not told":      {"draftkings", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, time.Time{}) }, Manual, "when it was resumed is not told"},
		"to be resumed late":       {"draftkings", "moneyline home", rain6, mlb.Suspended, func(x *Timeline) { x.Suspension = stop(rain6, at(60)) }, Void, ""},
		"to be resumed in time":    {"draftkings", "moneyline home", rain6, mlb.Suspended, func(x *Timeline) { x.Suspension = stop(rain6, at(20)) }, Pending, ""},
		"was to be resumed":        {"draftkings", "moneyline home", rain6, mlb.Suspended, func(x *Timeline) { x.Suspension, x.AsOf = stop(rain6, at(20)), at(40) }, Void, ""},
		"in progress again":        {"draftkings", "moneyline home", rain7, mlb.InProgress, func(x *Timeline) { x.Suspension, x.AsOf = stop(rain6, time.Time{}), at(40) }, Pending, "again"},
		"resumed, going on":        {"draftkings", "moneyline home", rain7, mlb.InProgress, func(x *Timeline) { x.Suspension = stop(rain6, at(20)) }, Pending, "in time"},
		"no start told":            {"draftkings", "moneyline home", rain6, mlb.Suspended, func(x *Timeline) { x.Scheduled = time.Time{} }, Manual, "start is not told"},
		"no innings at the stop":   {"draftkings", "total over 6.5", "3-4", mlb.Suspended, func(x *Timeline) { x.AsOf = at(60) }, Manual, "no innings told"},
		"odd innings at the stop":  {"draftkings", "total over 6.5", "00 | 000", mlb.Suspended, func(x *Timeline) { x.AsOf = at(60) }, Manual, "do not fit"},
		"BetMGM, official at stop": {"betmgm VA", "moneyline away", rain7, mlb.Suspended, func(x *Timeline) { x.Suspension, x.AsOf = stop(rain7, time.Time{}), at(37) }, Win, "called after 7 innings, 5-4"},
		"BetMGM, not official":     {"betmgm VA", "moneyline away", four, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Void, ""},
		"BetMGM, run line":         {"betmgm VA", "run_line away -0.5", rain7, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Void, ""},
		"BetMGM elsewhere":         {"betmgm", "moneyline away", rain7, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Manual, "how long"},
		"in the top of the 5th?":   {"betmgm VA", "moneyline home", rain45, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Manual, "whether that is official cannot be told"},
		"was the 5th over?":        {"draftkings", "f5 moneyline home", rain5, mlb.Suspended, func(x *Timeline) { x.AsOf = at(37) }, Manual, "whether that is official cannot be told"},
		"48 hours, from the start": {"espnbet", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(47)) }, Win, ""},
		"48 hours, from the stop?": {"espnbet", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(49)) }, Manual, "from when the book counts is not known"},
		"48 hours, from the stop":  {"espnbet", "run_line home -1.5", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(51)) }, Void, ""},
		"the same, official at it": {"espnbet", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Suspension = stop(rain6, at(51)) }, Manual, "whether that stands is not known"},
		"48 hours, stop not told":  {"espnbet", "moneyline home", rain6, mlb.Suspended, func(x *Timeline) { x.AsOf = at(55) }, Pending, ""},
		"disputed": {"", "moneyline home", nine, mlb.Final, func(x *Timeline) {
			x.Claims = []Claim{{"sbr", mlb.Score{Home: 5, Away: 3}}, {"retrosheet", mlb.Score{Home: 5, Away: 4}}}
		}, Manual, "sbr says 3-5, retrosheet says 4-5"},
		"disputed with the result":  {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Claims = []Claim{{"sbr", mlb.Score{Home: 4, Away: 3}}} }, Manual, "sbr says 3-4, the result says 3-5"},
		"agreed":                    {"", "moneyline home", nine, mlb.Final, func(x *Timeline) { x.Claims = []Claim{{"sbr", mlb.Score{Home: 5, Away: 3}}} }, Win, ""},
		"a score below 0":           {"", "moneyline home", "3--1", mlb.Final, nil, Manual, "no score"},
		"first five, score below 0": {"", "f5 moneyline home", "3--1", mlb.Final, nil, Manual, "no score"},
	} {
		t.Run(name, func(t *testing.T) {
			tl := timeline(mlb.Result{Status: c.status})
			if c.result != "" {
				tl.Result = game(t, c.result)
				tl.Status = c.status
			}
			if c.change != nil {
				c.change(&tl)
			}
			b := ticket(t, c.bet)
			g := judge(t, c.book, b, tl)
			if g.Outcome != c.want || !strings.Contains(g.Event, c.event) {
				t.Errorf("got  %s: %s\nwant %s: %s", g.Outcome, g.Event, c.want, c.event)
			}
			checkReturn(t, name, b, g)
		})
	}
}

func TestGradePitchers(t *testing.T) {
	const sale, cole, webb = "Chris Sale", "Gerrit Cole", "Logan Webb"
	for name, c := range map[string]struct {
		book, bet  string
		choice     PitcherChoice
		home, away string // announced
		started    [2]string
		game       string
		want       Outcome
		event      string
	}{
		"listed, both start":          {"", "moneyline home", Listed, sale, cole, [2]string{"Chris SALE ", cole}, nine, Win, ""},
		"listed, one does not":        {"", "moneyline home", Listed, sale, cole, [2]string{sale, webb}, nine, Void, "Logan Webb started for Gerrit Cole"},
		"listed, would have lost":     {"", "moneyline away", Listed, sale, cole, [2]string{webb, cole}, nine, Void, ""},
		"one listed":                  {"", "moneyline home", Listed, sale, "", [2]string{sale, webb}, nine, Win, ""},
		"listed, starter not told":    {"", "moneyline home", Listed, sale, cole, [2]string{sale, ""}, nine, Manual, "the away starter is not told"},
		"listed, no names":            {"", "moneyline home", Listed, "", "", [2]string{sale, cole}, nine, Manual, "names none"},
		"action stands":               {"", "moneyline home", Action, sale, cole, [2]string{sale, webb}, nine, Win, ""},
		"action, price locked":        {"cris", "moneyline home", Action, sale, cole, [2]string{sale, webb}, nine, Win, ""},
		"DraftKings, first five":      {"draftkings", "f5 moneyline away", Action, sale, cole, [2]string{sale, webb}, nine, Win, ""},
		"first five, book unknown":    {"", "f5 moneyline away", Action, sale, cole, [2]string{sale, webb}, nine, Manual, "what the book does is not known"},
		"first five, same pitchers":   {"", "f5 moneyline away", Action, sale, cole, [2]string{sale, cole}, nine, Win, ""},
		"first five, void anyway":     {"", "f5 moneyline home", Action, sale, cole, [2]string{sale, webb}, rain45, Void, "too short"},
		"Pinnacle reprices a win":     {"pinnacle", "moneyline home", Action, sale, cole, [2]string{sale, webb}, nine, Reprice, "opening price on the original risk"},
		"ticket silent":               {"pinnacle", "moneyline home", 0, sale, cole, [2]string{sale, webb}, nine, Reprice, ""},
		"a loss has no price":         {"pinnacle", "moneyline away", Action, sale, cole, [2]string{sale, webb}, nine, Lose, ""},
		"nor has a push":              {"pinnacle", "moneyline away", Action, sale, cole, [2]string{sale, webb}, rain5tie, Push, ""},
		"nor a void":                  {"pinnacle", "moneyline away", Action, sale, cole, [2]string{sale, webb}, four, Void, ""},
		"Pinnacle, no change":         {"pinnacle", "moneyline home", Action, sale, cole, [2]string{sale, cole}, nine, Win, ""},
		"Pinnacle, not told":          {"pinnacle", "moneyline home", Action, sale, cole, [2]string{"", ""}, nine, Manual, "whether a starter changed"},
		"Pinnacle, nobody named":      {"pinnacle", "moneyline home", Action, "", "", [2]string{sale, cole}, nine, Manual, ""},
		"the same, ticket silent":     {"pinnacle", "moneyline home", 0, "", "", [2]string{sale, cole}, nine, Win, ""},
		"Pinnacle total, older rule":  {"pinnacle", "total over 7.5", Action, sale, cole, [2]string{sale, webb}, nine, Manual, ""},
		"Pinnacle listed, both start": {"pinnacle", "total over 7.5", Listed, sale, cole, [2]string{sale, cole}, nine, Win, ""},
		"Pinnacle listed, void":       {"pinnacle", "total over 7.5", Listed, sale, cole, [2]string{sale, webb}, nine, Void, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := ticket(t, c.bet)
			b.Pitchers, b.HomePitcher, b.AwayPitcher = c.choice, c.home, c.away
			tl := timeline(game(t, c.game))
			tl.HomeStarter, tl.AwayStarter = c.started[0], c.started[1]
			g := judge(t, c.book, b, tl)
			if g.Outcome != c.want || !strings.Contains(g.Event, c.event) {
				t.Errorf("got  %s: %s\nwant %s: %s", g.Outcome, g.Event, c.want, c.event)
			}
			checkReturn(t, name, b, g)
		})
	}
}

func TestGradePitchersBeforeTheGame(t *testing.T) {
	b := ticket(t, "moneyline home")
	b.Pitchers = Listed
	if g := judge(t, "", b, timeline(mlb.Result{Status: mlb.Scheduled})); g.Outcome != Pending {
		t.Errorf("got %s: %s", g.Outcome, g.Event)
	}
}

// TestRepriced pays a repriced bet: it is graded again at the new price with
// the pitchers who started. Risking 103 at an opener of -115 wins 89.56, at
// +190 it wins 195.70.
func TestRepriced(t *testing.T) {
	for opener, wins := range map[odds.American]float64{-115: 89.5652, 190: 195.70} {
		b := ticket(t, "moneyline home")
		b.Pitchers, b.HomePitcher, b.AwayPitcher = Action, "Chris Sale", "Logan Webb"
		var err error
		if b.Price, err = odds.FromAmerican(opener); err != nil {
			t.Fatal(err)
		}
		tl := timeline(game(t, nine))
		tl.HomeStarter, tl.AwayStarter = "Chris Sale", "Logan Webb"
		g := judge(t, "pinnacle", b, tl)
		if got := 103 * (g.Return - 1); g.Outcome != Win || math.Abs(got-wins) > 5e-5 {
			t.Errorf("opener %s: %s wins %v, want %v", opener, g.Outcome, got, wins)
		}
	}
}

func TestGradeUnfit(t *testing.T) {
	fit := ticket(t, "total over 7.5")
	rules := RulesFor(mlb.Book{}, mlb.Total, mlb.FullGame, placed)
	for name, c := range map[string]struct {
		change func(*Bet, *Ruleset)
		event  string
	}{
		"no market":      {func(b *Bet, _ *Ruleset) { b.Market = 0 }, "no such market"},
		"no period":      {func(b *Bet, _ *Ruleset) { b.Period = 9 }, "no such market"},
		"no side of it":  {func(b *Bet, _ *Ruleset) { b.Side = mlb.Home }, "home is no side of a total"},
		"no price":       {func(b *Bet, _ *Ruleset) { b.Price = odds.Price{} }, "no price"},
		"no rules":       {func(_ *Bet, r *Ruleset) { *r = Ruleset{} }, "no rules are known"},
		"other rules":    {func(_ *Bet, r *Ruleset) { r.Period = mlb.FirstFive }, "the rules are for the total of the first_five"},
		"not in force":   {func(_ *Bet, r *Ruleset) { r.ValidFrom = nextDay }, "not in force on 2026-07-18"},
		"out of force":   {func(_ *Bet, r *Ruleset) { r.ValidTo = dayBefore }, "not in force"},
		"moneyline line": {func(b *Bet, r *Ruleset) { b.Market, b.Side, r.Market = mlb.Moneyline, mlb.Home, mlb.Moneyline }, "has no line"},
	} {
		b, r := fit, rules
		c.change(&b, &r)
		if g := Grade(b, timeline(game(t, nine)), r); g.Outcome != Manual || !strings.Contains(g.Event, c.event) {
			t.Errorf("%s: got %s: %s", name, g.Outcome, g.Event)
		}
	}
}

// TestGradeUnknownTerms has rules that answer a question with "we do not
// know", and the rarer answers.
func TestGradeUnknownTerms(t *testing.T) {
	for name, c := range map[string]struct {
		bet, game string
		status    mlb.Status
		moves     []Move
		change    func(*Ruleset)
		want      Outcome
	}{
		"tie loses":         {"moneyline home", rain5tie, mlb.Final, nil, func(r *Ruleset) { r.TieRefunds = No }, Lose},
		"tie not known":     {"moneyline home", rain5tie, mlb.Final, nil, func(r *Ruleset) { r.TieRefunds = Unknown }, Manual},
		"not honoured":      {"total over 7.5", rain7, mlb.Final, nil, func(r *Ruleset) { r.DecidedEarly = No }, Void},
		"postponed?":        {"moneyline home", "0-0", mlb.Postponed, nil, func(r *Ruleset) { r.OtherDay = Unknown }, Manual},
		"postponed, stands": {"moneyline home", "0-0", mlb.Postponed, nil, func(r *Ruleset) { r.OtherDay = Yes }, Pending},
		"moved?":            {"moneyline home", nine, mlb.Final, []Move{{From: day, To: nextDay}}, func(r *Ruleset) { r.OtherDay = Unknown }, Manual},
		"moved, stands":     {"moneyline home", nine, mlb.Final, []Move{{From: day, To: nextDay}}, func(r *Ruleset) { r.OtherDay = Yes }, Win},
		"moved twice": {
			"moneyline home", nine, mlb.Final,
			[]Move{{From: day, To: nextDay}, {From: nextDay, To: day}},
			func(r *Ruleset) { r.SameDay = Yes }, Win,
		},
		"no length known": {"run_line home -1.5", nine, mlb.Final, nil, func(r *Ruleset) { r.Official = 0 }, Win},
	} {
		b := ticket(t, c.bet)
		r := RulesFor(mlb.Book{}, b.Market, b.Period, b.PlacedAt)
		c.change(&r)
		tl := timeline(game(t, c.game))
		tl.Status, tl.Moves = c.status, c.moves
		if g := Grade(b, tl, r); g.Outcome != c.want {
			t.Errorf("%s: got %s (%s), want %s", name, g.Outcome, g.Event, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Win.String(): "win", Manual.String(): "manual", Outcome(0).String(): "unknown(0)", Outcome(99).String(): "unknown(99)",
		mlb.ActualStart.String(): "actual", mlb.NoStart.String(): "none", mlb.StartBasis(7).String(): "unknown(7)",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
