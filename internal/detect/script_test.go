package detect

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// TestScripts plays the scripts of testdata: each tells, in a bettor's words,
// what books offered in a game of NYM @ PHI and what the strategy must say of
// it. testdata/README describes the words.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			play(t, string(text))
		})
	}
}

func play(t *testing.T, text string) {
	t.Helper()
	s := newStage(t)
	expected := 0
	for n, line := range slices.Collect(strings.Lines(text)) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if strings.Contains(line, " expect ") || strings.Contains(line, " because ") {
			expected++
		}
		if err := s.do(strings.TrimSpace(line)); err != nil {
			t.Errorf("line %d: %s\n%v", n+1, strings.TrimSpace(line), err)
		}
	}
	if expected == 0 {
		t.Error("the script expects nothing")
	}
}

// stage is where a script is played.
type stage struct {
	t      *testing.T
	state  *market.State
	game   mlb.Game
	cfg    Config
	books  map[string]mlb.BookID
	quotes []mlb.Quote
	last   *mlb.Opportunity // of the last expect, for because
	signal *mlb.Signal      // of the last expect signal
}

func newStage(t *testing.T) *stage {
	t.Helper()
	all, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	names, err := mlb.BookAliases("boltodds")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, state: market.New(all, market.DefaultConfig()), cfg: DefaultConfig(), books: names}
	s.cfg.Commission = map[string]float64{}
	s.game = mlb.Game{ID: 7, Home: 143, Away: 121, Start: clock("23:05")}
	return s
}

func clock(hhmm string) time.Time {
	t, err := time.Parse(time.DateTime, "2026-07-18 "+hhmm+":00")
	if err != nil {
		panic(err) // a misprint in a test
	}
	return t
}

// moment reads "12:05" or "12:05:30".
func moment(text string) (time.Time, error) {
	if strings.Count(text, ":") == 1 {
		text += ":00"
	}
	return time.Parse(time.DateTime, "2026-07-18 "+text)
}

func (s *stage) do(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch first {
	case "commission":
		book, share, _ := strings.Cut(rest, " ")
		x, err := strconv.ParseFloat(share, 64)
		s.cfg.Commission[book] = x
		return err
	case "because":
		return s.because(rest)
	}
	verb, rest, _ := strings.Cut(rest, " ")
	at, err := moment(first)
	if err != nil {
		return err
	}
	switch verb {
	case "quote":
		return s.quote(at, strings.Fields(rest))
	case "withdraw":
		return s.withdraw(at, strings.Fields(rest))
	case "poll":
		return s.poll(at, strings.Fields(rest))
	case "split":
		return s.split(at, strings.Fields(rest))
	case "news":
		s.state.ApplyNews(s.game.ID, at, rest)
		return nil
	case "expect":
		if what, signal, _ := strings.Cut(rest, " "); what == "signal" {
			return s.expectSignal(at, signal)
		}
		return s.expect(at, rest)
	default:
		return fmt.Errorf("unknown word %q", verb)
	}
}

func (s *stage) book(name string) (mlb.BookID, error) {
	id, ok := s.books[name]
	if !ok {
		return 0, fmt.Errorf("unknown book %q", name)
	}
	return id, nil
}

// market reads "[first_five] moneyline" and returns what follows it.
func (s *stage) market(words []string) (mlb.LineKey, []string, error) {
	key := mlb.LineKey{Game: s.game.ID, Period: mlb.FullGame}
	if p, err := mlb.ParsePeriod(words[0]); err == nil {
		key.Period, words = p, words[1:]
	}
	m, err := mlb.ParseMarket(words[0])
	key.Market = m
	return key, words[1:], err
}

// ticket reads "home", "away +1.5" or "over 8.5", as a ticket shows it, and
// returns what follows it.
func (s *stage) ticket(key mlb.LineKey, words []string) (mlb.LineKey, mlb.Side, []string, error) {
	side, err := mlb.ParseSide(words[0])
	if err != nil {
		return key, 0, nil, err
	}
	if !side.Of(key.Market) {
		return key, 0, nil, fmt.Errorf("%s is no side of a %s", side, key.Market)
	}
	words = words[1:]
	if !key.Market.HasLine() {
		return key, side, words, nil
	}
	line, err := mlb.ParseLine(words[0])
	key.Line = line.ForSide(key.Market, side)
	return key, side, words[1:], err
}

func (s *stage) quote(at time.Time, words []string) error {
	id, err := s.book(words[0])
	if err != nil {
		return err
	}
	market, words, err := s.market(words[1:])
	for err == nil && len(words) > 0 {
		q := mlb.Quote{Book: id, ObservedAt: at}
		q.LineKey, q.Side, words, err = s.ticket(market, words)
		if err != nil {
			return err
		}
		if q.Price, err = parsePrice(words[0]); err != nil {
			return err
		}
		words = words[1:]
		s.quotes = append(s.quotes, q)
		s.state.Apply(q)
	}
	return err
}

// parsePrice reads "-110" or a decimal price such as "1.9091".
func parsePrice(text string) (odds.Price, error) {
	if strings.Contains(text, ".") {
		return odds.ParseDecimal(text)
	}
	a, err := odds.ParseAmerican(text)
	if err != nil {
		return odds.Price{}, err
	}
	return odds.FromAmerican(a)
}

func (s *stage) poll(at time.Time, names []string) error {
	for _, name := range names {
		id, err := s.book(name)
		if err != nil {
			return err
		}
		s.state.Confirm(mlb.Poll{Game: s.game.ID, Book: id, ObservedAt: at})
	}
	return nil
}

func (s *stage) withdraw(at time.Time, words []string) error {
	id, err := s.book(words[0])
	if err != nil {
		return err
	}
	key, words, err := s.market(words[1:])
	if err != nil {
		return err
	}
	key, side, _, err := s.ticket(key, words)
	s.state.Withdraw(key, id, side, at)
	return err
}

// expect compares what the strategy says of one side, in one line of text.
func (s *stage) expect(at time.Time, text string) error {
	s.last, s.signal = nil, nil
	found := value(s.state.View(s.game, at), s.cfg)
	for _, o := range found {
		checkOpportunity(s.t, s.cfg, s.quotes, o)
	}
	if text == "nothing" {
		if len(found) > 0 {
			return fmt.Errorf("got %d comparisons, the first %s", len(found), verdict(found[0]))
		}
		return nil
	}
	key, words, err := s.market(strings.Fields(text))
	if err != nil {
		return err
	}
	key, side, words, err := s.ticket(key, words)
	if err != nil {
		return err
	}
	got := "nothing"
	for _, o := range found {
		if o.LineKey == key && o.Side == side {
			got, s.last = verdict(o), &o
		}
	}
	if want := strings.Join(words, " "); got != want {
		return fmt.Errorf("got  %s\nwant %s", got, want)
	}
	return nil
}

// verdict is an opportunity in the words of the scripts.
func verdict(o mlb.Opportunity) string {
	book := fmt.Sprintf("book %d", o.Book)
	if all, err := mlb.Books(); err == nil {
		i := slices.IndexFunc(all, func(b mlb.Book) bool { return b.ID == o.Book })
		book = all[i].Brand.Slug
	}
	if o.Refused != "" {
		return fmt.Sprintf("%s %s refused: %s", book, o.Price, o.Refused)
	}
	return fmt.Sprintf("%s %s taken: fair %.2f %%, EV %+.2f %%, stake %.2f %%",
		book, o.Price, 100*o.Fair.Probability, 100*o.EV, 100*o.StakeFraction)
}

func (s *stage) because(text string) error {
	if s.signal != nil {
		return s.becauseSignal(text)
	}
	if s.last == nil {
		return errors.New("because of nothing")
	}
	reasons := s.last.Reasons
	if s.last.Refused != "" {
		reasons = Explain(*s.last, s.game, s.state.View(s.game, s.last.DetectedAt).Book)
	}
	if !slices.Contains(reasons, text) {
		return fmt.Errorf("got the reasons\n%s", strings.Join(reasons, "\n"))
	}
	return nil
}

// checkOpportunity holds for every comparison whatever it came to.
func checkOpportunity(t testing.TB, cfg Config, quotes []mlb.Quote, o mlb.Opportunity) {
	t.Helper()
	if o.Strategy != "value" || !o.Side.Of(o.Market) || !o.Price.Valid() {
		t.Errorf("%+v: want a strategy, a side of its market and a price", o)
	}
	// The price is one that the book really quoted, no later than now.
	quoted := slices.ContainsFunc(quotes, func(q mlb.Quote) bool {
		return q.LineKey == o.LineKey && q.Book == o.Book && q.Side == o.Side && q.Price == o.Price && q.ObservedAt.Equal(o.PriceObservedAt)
	})
	if !quoted || o.PriceObservedAt.After(o.DetectedAt) || o.PriceAge < 0 || o.PriceAge > o.DetectedAt.Sub(o.PriceObservedAt) {
		t.Errorf("%+v: the price is from %v, age %v; quoted %v", o, o.PriceObservedAt, o.PriceAge, quoted)
	}
	noFair := strings.HasPrefix(o.Refused, "no fair price: ") || strings.HasPrefix(o.Refused, "stale: ")
	if noFair != (o.Fair == nil) || noFair && (o.EV != 0 || len(o.Reasons) > 0) {
		t.Errorf("%+v: fair price %v, refused %q", o, o.Fair, o.Refused)
	}
	if (o.Refused == "") != (len(o.Reasons) == 3) {
		t.Errorf("%+v: got the reasons %q, want price, EV and stake in words of what is taken alone", o, o.Reasons)
	}
	switch stake := o.StakeFraction; {
	case o.Refused != "" && stake != 0:
		t.Errorf("%+v: refused, but the stake is %v", o, stake)
	case o.Refused == "" && !(stake > 0 && stake <= cfg.MaxStake && o.EV >= cfg.MinEV && len(o.Reasons) == 3):
		t.Errorf("%+v: taken with a stake of %v, an EV of %v", o, stake, o.EV)
	}
}

// A script that does not hold must fail, or none of them proves anything.
func TestScriptsCanFail(t *testing.T) {
	const opening = "12:00 quote pinnacle moneyline home -110 away -110\n12:00 quote fanduel moneyline home -110 away -110\n"
	s := newStage(t)
	for line := range strings.Lines(opening) {
		if err := s.do(strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"12:00 expect nothing",
		"12:00 expect moneyline home nothing",
		"12:00 expect moneyline home fanduel -110 taken: fair 50.00 %, EV -4.55 %, stake 0.00 %",
		"12:00 expect total over 8.5 fanduel -110 refused: stale",
		"because of a hunch",
		"12:00 quote nobook moneyline home -110",
		"12:00 quote fanduel moneyline over -110",
		"12:00 quote fanduel moneyline home -50",
		"12:00 quote fanduel total over 8.25 -110",
		"12:00 hope",
		"noon poll fanduel",
		"12:00 poll fanduel nobook",
		"12:00 split vsin moneyline over bets 60",
		"12:00 split vsin moneyline home bets",
		"12:00 split vsin moneyline home picks 60",
		"12:00 split vsin line home bets 60",
		"12:00 expect signal hunch nothing",
		"12:00 expect signal steam nothing",
		"12:00 expect signal sharp moneyline home found 20.0 points: vsin 41 % of 400",
	} {
		if err := s.do(line); err == nil {
			t.Errorf("%q holds, want an error", line)
		}
	}
}

// The scripts use the directory's books, so a test that thinks a brand shares
// a desk or keeps a commission says so about the real one.
func TestBooksOfTheScripts(t *testing.T) {
	names := newStage(t).books
	for _, name := range []string{"pinnacle", "fanduel", "draftkings", "betonline", "lowvig", "novig", "consensus", "open"} {
		if names[name] == 0 {
			t.Errorf("%q is in no directory: %d names", name, len(slices.Collect(maps.Keys(names))))
		}
	}
}
