package detect

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

func TestSignals(t *testing.T) {
	seen := map[string]bool{}
	view := market.New(nil, market.DefaultConfig()).View(game, clock("12:00"))
	for _, r := range Signals() {
		if r.Name == "" || seen[r.Name] || r.Detect == nil {
			t.Errorf("rule %+v: want a name of its own and a rule", r)
		}
		seen[r.Name] = true
		got := r.Detect(view, DefaultSignals())
		if len(got) != 1 || got[0].Verdict() != mlb.NotIdentifiable {
			t.Fatalf("%s says %v of an empty market, want that it cannot be judged", r.Name, got)
		}
		checkSignal(t, view, got[0])
	}
	for _, name := range []string{"steam", "reverse", "sharp"} {
		if !seen[name] {
			t.Errorf("got %v, want %s among them", seen, name)
		}
	}
}

// The limits the documents promise.
func TestDefaultSignals(t *testing.T) {
	want := SignalConfig{
		Steam: SteamConfig{
			Feeds: 3, Window: 5 * time.Minute, Least: 0.08, Sum: 0.24, Turn: 0.2, Sharp: 0.6,
			MaxGap: time.Minute, News: 10 * time.Minute, Alert: true,
		},
		Reverse: ReverseConfig{Share: 0.60, Keep: 0.55, MinTickets: 100, Fall: 0.01, Alert: false},
		Sharp:   SharpConfig{Gap: 0.10, SE: 3, Keep: 0.5, StakeCV: 1, Alert: true},
	}
	if got := DefaultSignals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// checkSignal holds for every signal whatever it came to.
func checkSignal(t testing.TB, v market.View, s mlb.Signal) {
	t.Helper()
	if s.NotIdentifiable != "" {
		bare := mlb.Signal{
			LineKey: mlb.LineKey{Game: v.Game().ID}, Strategy: s.Strategy, DetectedAt: v.Now(), NotIdentifiable: s.NotIdentifiable,
		}
		if !reflect.DeepEqual(s, bare) {
			t.Errorf("%+v: cannot be judged and says more", s)
		}
		return
	}
	if s.Game != v.Game().ID || !s.Side.Of(s.Market) || len(s.Reasons) < 3 || s.Since.After(s.DetectedAt) || s.DetectedAt.After(v.Now()) {
		t.Errorf("%+v: want a side of its market, reasons and moments up to %v", s, v.Now())
	}
	if !(s.LogOdds > 0 && s.Points > 0) || math.IsInf(s.LogOdds, 0) {
		t.Errorf("%+v: of no size", s)
	}
	if (s.Crowd == nil) != (s.Strategy == steamName) {
		t.Errorf("%+v: want the split it rests on, and none for steam", s)
	}
	if s.Strategy == steamName {
		checkPath(t, v, s)
	}
}

func checkPath(t testing.TB, v market.View, s mlb.Signal) {
	t.Helper()
	feeds := map[string]bool{}
	in := map[mlb.BookID]bool{}
	for _, step := range s.Path {
		b := v.Book(step.Book).Brand
		if !b.Kind.Votes() || feeds[b.Feed] || step.Latency < 0 || step.To <= step.From || step.At.After(s.DetectedAt) ||
			s.DetectedAt.Sub(step.At) > DefaultSteam().Window || step.At.Before(s.Since) {
			t.Errorf("%+v: bad step %+v of %s", s, step, b.Slug)
		}
		feeds[b.Feed], in[step.Book] = true, true
	}
	if len(feeds) < DefaultSteam().Feeds || v.Book(s.Originator()).Brand.Sharp < DefaultSteam().Sharp {
		t.Errorf("%+v: want three desks, the first of them sharp", s)
	}
	for _, b := range s.Behind {
		if in[b.Book] || b.Behind <= 0 || b.Age < 0 {
			t.Errorf("%+v: bad laggard %+v", s, b)
		}
	}
}

// told tells a market to a stage, a line a string.
func told(t testing.TB, lines ...string) *stage {
	t.Helper()
	s := newStage(t.(*testing.T))
	for _, line := range lines {
		if err := s.do(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return s
}

func (s *stage) steam(at string, cfg SteamConfig) []mlb.Signal {
	now, err := moment(at)
	if err != nil {
		s.t.Fatal(err)
	}
	return steam(s.state.View(s.game, now), SignalConfig{Steam: cfg})
}

// Three desks that move ten cents, each 0.0912 in log-odds, at 12:02, 12:03
// and 12:07, polled every minute: exactly what the limits ask for.
func barely(t testing.TB) *stage {
	t.Helper()
	lines := []string{
		"12:00 quote circa      moneyline home -110 away -110",
		"12:00 quote draftkings moneyline home -110 away -110",
		"12:00 quote caesars    moneyline home -110 away -110",
	}
	for minute := range 10 {
		at := fmt.Sprintf("12:%02d ", minute)
		switch minute {
		case 2:
			lines = append(lines, at+"quote circa moneyline home -120 away +100")
		case 3:
			lines = append(lines, at+"quote draftkings moneyline home -120 away +100")
		case 7:
			lines = append(lines, at+"quote caesars moneyline home -120 away +100")
		}
		lines = append(lines, at+"poll circa draftkings caesars")
	}
	return told(t, lines...)
}

func TestSteamLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*SteamConfig)
		want   bool
	}{
		{"as they are", func(*SteamConfig) {}, true},
		{"one book more", func(c *SteamConfig) { c.Feeds = 4 }, false},
		{"one book less", func(c *SteamConfig) { c.Feeds = 2 }, true},
		{"a second less", func(c *SteamConfig) { c.Window -= time.Second }, false},
		{"a larger step", func(c *SteamConfig) { c.Least = 0.0912 }, false},
		{"a step of just that size", func(c *SteamConfig) { c.Least = 0.0911 }, true},
		{"more together", func(c *SteamConfig) { c.Sum = 0.274 }, false},
		{"just as much together", func(c *SteamConfig) { c.Sum = 0.273 }, true},
		{"a sharper originator", func(c *SteamConfig) { c.Sharp = 0.91 }, false},
		{"one as sharp", func(c *SteamConfig) { c.Sharp = 0.9 }, true},
		{"finer polls", func(c *SteamConfig) { c.MaxGap = time.Minute - late - 1 }, false},
		{"polls that may be late", func(c *SteamConfig) { c.MaxGap = time.Minute - late }, true},
	} {
		cfg := DefaultSteam()
		c.change(&cfg)
		got := barely(t).steam("12:07", cfg)
		if found := len(got) == 1 && got[0].Verdict() == mlb.Found; found != c.want {
			t.Errorf("%s: got %+v, want %v", c.name, got, c.want)
		}
	}
}

// What is as it was when the move began does not change while it lasts, and
// what has begun is told once.
func TestSteamIsToldOnce(t *testing.T) {
	s := barely(t)
	told := Told{}
	var first []mlb.Signal
	for at := clock("12:00"); at.Before(clock("12:10")); at = at.Add(10 * time.Second) {
		found := slices.DeleteFunc(steam(s.state.View(s.game, at), DefaultSignals()), func(x mlb.Signal) bool { return x.NotIdentifiable != "" })
		if len(first) > 0 && len(found) > 0 && !reflect.DeepEqual(found[0], first[0]) {
			t.Errorf("at %v: got %+v, want %+v", at, found[0], first[0])
		}
		first = append(first, told.New(found)...)
	}
	if len(first) != 1 || !first[0].DetectedAt.Equal(clock("12:07")) || !first[0].Since.Equal(clock("12:02")) {
		t.Errorf("got %+v, want one, of 12:07", first)
	}
	if !first[0].MayAlert {
		t.Error("it may not alert")
	}
}

// began are the moments at which steam is told, when three books change their
// prices together to a level a minute.
func began(t *testing.T, cfg SteamConfig, levels ...int) []string {
	t.Helper()
	s := newStage(t)
	told := Told{}
	var all []string
	for minute, level := range levels {
		at := clock("12:00").Add(time.Duration(minute) * time.Minute)
		for _, book := range []string{"circa", "draftkings", "caesars"} {
			first, second := ladder(level)
			if err := s.quote(at, []string{book, "moneyline", "home", first.String(), "away", second.String()}); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range told.New(steam(s.state.View(s.game, at), SignalConfig{Steam: cfg})) {
			if x.NotIdentifiable == "" {
				all = append(all, x.DetectedAt.Format("15:04 ")+x.Side.String())
			}
		}
	}
	return all
}

func TestSteamBegins(t *testing.T) {
	small := DefaultSteam()
	small.Least, small.Sum = 0.005, 0.02
	forever := make([]int, 120) // for longer than anybody remembers
	for i := range forever {
		forever[i] = i / 2
	}
	for _, c := range []struct {
		name   string
		cfg    SteamConfig
		levels []int
		want   []string
	}{
		{"once", DefaultSteam(), []int{0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []string{"12:02 home"}},
		{"goes on", DefaultSteam(), []int{0, 0, 1, 1, 1, 2, 2, 2, 3}, []string{"12:02 home"}},
		{"again after a while", DefaultSteam(), []int{0, 0, 1, 1, 1, 1, 1, 1, 2}, []string{"12:02 home", "12:08 home"}},
		{"and back", DefaultSteam(), []int{0, 0, 1, 1, 0, 0}, []string{"12:02 home", "12:04 away"}},
		{"two steps up, one down, and up again", small, []int{0, 0, 2, 1, 2, 2}, []string{"12:02 home", "12:03 away"}},
		{"without end", small, forever, []string{"12:02 home"}},
	} {
		if got := began(t, c.cfg, c.levels...); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// ladder is a price ten cents a step from -110 both ways.
func ladder(level int) (first, second odds.American) {
	at := func(x int) odds.American {
		if x > -100 {
			x += 200
		}
		return odds.American(x)
	}
	return at(-110 - 10*level), at(-110 + 10*level)
}

func TestNotIdentifiableSteam(t *testing.T) {
	three := []string{
		"12:00 quote circa      moneyline home -110 away -110",
		"12:00 quote draftkings moneyline home -110 away -110",
		"12:00 quote caesars    moneyline home -110 away -110",
	}
	retail := []string{
		"12:00 quote fanduel    moneyline home -110 away -110",
		"12:00 quote draftkings moneyline home -110 away -110",
		"12:00 quote caesars    moneyline home -110 away -110",
	}
	for _, c := range []struct {
		lines []string
		at    string
		want  string // "" for an answer
	}{
		{append(three, "12:01 poll circa draftkings caesars"), "12:01", ""},
		{append(three, "12:01:05 poll circa draftkings caesars"), "12:01:05", ""},
		{append(three, "12:01:06 poll circa draftkings caesars"), "12:01:06", "resolution too coarse: polls of independent books are 1m apart, a window of 5m needs 60 s"},
		{append(three, "12:34 poll circa draftkings caesars"), "12:34", "resolution too coarse: polls of independent books are 34m apart, a window of 5m needs 60 s"},
		{append(three, "12:01 poll circa draftkings caesars"), "12:05", "resolution too coarse: polls of independent books are 4m apart, a window of 5m needs 60 s"},
		{append(three, "12:01 poll circa draftkings"), "12:01", "2 independent books were looked at more than once, 3 needed"},
		{append(retail, "12:01 poll fanduel draftkings caesars"), "12:01", "0 sharp books were looked at more than once, 1 needed"},
		{
			append(append(retail, three...), "12:30 poll circa", "12:29 poll fanduel draftkings caesars", "12:30 poll fanduel draftkings caesars"),
			"12:30", "resolution too coarse: polls of independent books are 29m apart, a window of 5m needs 60 s",
		},
		{
			append(append(retail, three...), "12:24:30 poll fanduel draftkings caesars", "12:25:30 poll fanduel draftkings caesars", "12:26:30 poll fanduel draftkings caesars",
				"12:27:30 poll fanduel draftkings caesars", "12:28:30 poll fanduel draftkings caesars", "12:29 poll fanduel draftkings caesars", "12:29 poll circa"),
			"12:29:30", "resolution too coarse: polls of sharp books are 29m apart, a window of 5m needs 60 s",
		},
	} {
		got := told(t, slices.Clone(c.lines)...).steam(c.at, DefaultSteam())
		why := ""
		if len(got) == 1 {
			why = got[0].NotIdentifiable
		}
		if why != c.want {
			t.Errorf("%q at %s: got %q, want %q", c.lines[len(c.lines)-1], c.at, why, c.want)
		}
	}
}

// A sharp book whose polls cannot tell whether it moved first may have.
func TestOriginatorWithinTheResolution(t *testing.T) {
	for _, c := range []struct {
		poll string // the last that shows Circa's old price
		want int    // books in the path
	}{
		{"12:01:40", 3}, // it may have moved before DraftKings did
		{"12:02", 0},    // at 12:02 DraftKings had moved, Circa had not
	} {
		s := told(t,
			"12:01 quote circa      moneyline home -110 away -110",
			"12:01 quote draftkings moneyline home -110 away -110",
			"12:01 quote caesars    moneyline home -110 away -110",
			"12:01:30 poll draftkings caesars",
			c.poll+" poll circa",
			"12:02 quote draftkings moneyline home -130 away +110",
			"12:02:10 quote caesars moneyline home -130 away +110",
			"12:02:30 quote circa   moneyline home -130 away +110",
		)
		got := s.steam("12:02:30", DefaultSteam())
		n := 0
		if len(got) > 0 && got[0].NotIdentifiable == "" {
			n = len(got[0].Path)
			if s.slug(got[0].Originator()) != "circa" || got[0].Path[1].Latency != 0 || !got[0].Since.Equal(clock("12:02")) {
				t.Errorf("got %+v, want Circa first and no latency", got[0])
			}
		}
		if n != c.want {
			t.Errorf("last polled at %s: got %d in the path, want %d", c.poll, n, c.want)
		}
	}
}

func TestReverseLimits(t *testing.T) {
	s := told(t,
		"12:00 quote circa      moneyline home -130 away +120",
		"12:00 quote draftkings moneyline home -130 away +110",
		"12:01 split draftkings moneyline home bets 60 tickets 100",
		"12:02 quote circa      moneyline home -120 away +110",
		"12:02 quote draftkings moneyline home -125 away +105",
	)
	v := s.state.View(s.game, clock("12:02"))
	fall := reverse(v, DefaultSignals())[0].Points
	for _, c := range []struct {
		name   string
		change func(*ReverseConfig)
		want   string
	}{
		{"as they are", func(*ReverseConfig) {}, "found"},
		{"a share just above", func(c *ReverseConfig) { c.Share = 0.601 }, ""},
		{"the tight reading", func(c *ReverseConfig) { c.Share = 0.70 }, ""},
		{"a ticket more", func(c *ReverseConfig) { c.MinTickets = 101 }, "not_identifiable"},
		{"a larger fall", func(c *ReverseConfig) { c.Fall = fall + 1e-6 }, ""},
		{"just that fall", func(c *ReverseConfig) { c.Fall = fall }, "found"},
	} {
		cfg := DefaultSignals()
		c.change(&cfg.Reverse)
		got := ""
		for _, x := range reverse(v, cfg) {
			got = x.Verdict().String()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for _, alert := range []bool{false, true} {
		cfg := DefaultSignals()
		cfg.Reverse.Alert = alert
		if got := reverse(v, cfg)[0].MayAlert; got != alert {
			t.Errorf("may alert: got %v, want %v", got, alert)
		}
	}
}

// A majority is told once, though its share wavers and its price comes and
// goes; a new majority is another one.
func TestReverseIsToldOnce(t *testing.T) {
	lines := []string{}
	for minute := range 40 {
		at := fmt.Sprintf("12:%02d ", minute)
		bets := []int{64, 58, 61, 66}[minute%4]
		if minute == 20 {
			bets = 52
		}
		level := []int{3, 2, 1, 2}[minute%4]
		home, away := ladder(level)
		lines = append(lines, fmt.Sprintf("%squote circa moneyline home %s away %s", at, home, away),
			fmt.Sprintf("%squote draftkings moneyline home %s away %s", at, home, away),
			fmt.Sprintf("%ssplit dk moneyline home bets %d tickets %d", at, bets, 1000+minute))
	}
	s := told(t, lines...)
	told := Told{}
	var since []string
	for minute := range 40 {
		at := clock("12:00").Add(time.Duration(minute) * time.Minute)
		for _, x := range told.New(reverse(s.state.View(s.game, at), DefaultSignals())) {
			if x.NotIdentifiable == "" {
				since = append(since, x.Since.Format("15:04")+" "+x.Side.String())
			}
		}
	}
	// The majority of 12:21 was 58 %: it began at 12:22, when the price was at
	// its lowest, and has not fallen since.
	if want := []string{"12:00 away"}; !slices.Equal(since, want) {
		t.Errorf("got %v, want %v", since, want)
	}
}

// Unknown tickets are judged where the operator says so, and the reason says
// what is not known.
func TestReverseWithUnknownTickets(t *testing.T) {
	s := told(t,
		"12:00 quote circa      total over 8.5 -110 under 8.5 -110",
		"12:00 quote draftkings total over 8.5 -110 under 8.5 -110",
		"12:00 split covers total under bets 70",
		"12:10 quote circa      total over 8.5 -120 under 8.5 +100",
		"12:10 quote draftkings total over 8.5 -120 under 8.5 +100",
	)
	cfg := DefaultSignals()
	cfg.Reverse.UnknownTickets = true
	v := s.state.View(s.game, clock("12:10"))
	got := reverse(v, cfg)
	if len(got) != 1 || got[0].Side != mlb.Over || !strings.HasPrefix(got[0].Reasons[0], "70.0 % of an unknown number of tickets on under 8.5, by covers's") {
		t.Fatalf("got %+v", got)
	}
	checkSignal(t, v, got[0])
	later := reverse(s.state.View(s.game, clock("12:40")), cfg)
	if why := later[0].NotIdentifiable; why != "covers cannot be compared: there is no fair price now" {
		t.Errorf("with stale prices: got %q", why)
	}
}

// What began before anybody remembers was told then.
func TestOldMajoritiesAndGaps(t *testing.T) {
	s := told(t,
		"12:00 quote circa      moneyline home -130 away +120",
		"12:00 quote draftkings moneyline home -130 away +110",
	)
	for i := range 129 {
		err := s.split(clock("12:00"), strings.Fields(fmt.Sprintf("dk moneyline home bets 65 money 80 tickets %d", 1000+i)))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.do("12:01 quote circa moneyline home -110 away -110"); err != nil {
		t.Fatal(err)
	}
	v := s.state.View(s.game, clock("12:01"))
	if got := append(reverse(v, DefaultSignals()), sharp(v, DefaultSignals())...); len(got) > 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

func TestSharpLimits(t *testing.T) {
	s := told(t, "12:00 split sbd total over bets 40 money 50 tickets 217")
	v := s.state.View(s.game, clock("12:00"))
	se := sharp(v, DefaultSignals())[0].Crowd.GapSE
	if math.Abs(se-0.033269) > 1e-6 { // t = 87.8/219
		t.Errorf("got the error %v, want 0.033269", se)
	}
	for _, c := range []struct {
		name   string
		change func(*SharpConfig)
		want   bool
	}{
		{"as they are", func(*SharpConfig) {}, true},
		{"a larger gap", func(c *SharpConfig) { c.Gap = 0.101 }, false},
		{"a multiple just above", func(c *SharpConfig) { c.SE = 0.1/se + 1e-6 }, false},
		{"a multiple just below", func(c *SharpConfig) { c.SE = 0.1/se - 1e-6 }, true},
		{"stakes that vary more", func(c *SharpConfig) { c.StakeCV = 1.01 }, false},
	} {
		cfg := DefaultSignals()
		c.change(&cfg.Sharp)
		if got := len(sharp(v, cfg)) == 1; got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// All of the money on none of the tickets is a ratio that was rounded.
func TestSharpOfEverything(t *testing.T) {
	s := told(t, "12:00 split vsin first_five run_line away bets 0 money 100 tickets 300",
		"12:00 split sbd moneyline home money 90 tickets 300",
		"12:00 split sbd total over bets 0 money 100 tickets 3")
	v := s.state.View(s.game, clock("12:00"))
	got := sharp(v, DefaultSignals())
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	for _, x := range got {
		checkSignal(t, v, x)
		if x.Crowd.StakeRatio > 199*199+1 {
			t.Errorf("got the ratio %v", x.Crowd.StakeRatio)
		}
	}
}

// tick is something a market hears of, told to a side or to its mirror image.
type tick struct {
	at    time.Time
	book  string
	level int
	poll  bool
	bets  float64 // of a split, where above 0
	money float64
	n     int64
}

var watched = []string{"circa", "pinnacle", "draftkings", "caesars", "fanduel", "betonline"}

// drawWaves are twenty minutes of a market that is looked at every half
// minute: now and then prices begin to run, book after book.
func drawWaves(t *rapid.T) []tick {
	level := map[string]int{}
	target, speed := 0, 4
	var all []tick
	for i := range 40 {
		at := clock("12:00").Add(time.Duration(i) * 30 * time.Second)
		if i%8 == 0 {
			target = rapid.IntRange(-3, 3).Draw(t, "target")
			speed = rapid.IntRange(1, 8).Draw(t, "speed")
		}
		for _, book := range watched {
			x := tick{at: at, book: book, level: level[book], poll: i > 0}
			if d := target - level[book]; d != 0 && rapid.IntRange(0, speed).Draw(t, "moves") == 0 {
				level[book] += max(-2, min(2, d))
				x.level, x.poll = level[book], false
			}
			all = append(all, x)
		}
		if i%10 == 5 {
			all = append(all, tick{
				at: at, bets: float64(rapid.IntRange(20, 80).Draw(t, "bets")) / 100,
				money: float64(rapid.IntRange(10, 90).Draw(t, "money")) / 100, n: int64(rapid.IntRange(0, 1500).Draw(t, "tickets")),
			})
		}
	}
	return all
}

// hear tells a state what happened on a line, or its mirror image.
func hear(t testing.TB, s *stage, key mlb.LineKey, x tick, mirrored bool) {
	t.Helper()
	id := s.books[x.book]
	switch {
	case x.bets > 0:
		split := mlb.Split{Game: key.Game, Provider: "dk", Market: key.Market, Period: key.Period, ObservedAt: x.at, Tickets: x.n}
		split.Bets, split.Money = mlb.Share{First: x.bets, Second: 1 - x.bets}, mlb.Share{First: x.money, Second: 1 - x.money}
		if mirrored {
			split.Bets, split.Money = mlb.Share{First: 1 - x.bets, Second: x.bets}, mlb.Share{First: 1 - x.money, Second: x.money}
		}
		s.state.ApplySplit(split)
	case x.poll:
		s.state.Confirm(mlb.Poll{Game: key.Game, Book: id, ObservedAt: x.at})
	default:
		a, b := ladder(x.level)
		if mirrored {
			a, b = b, a
		}
		first, second := key.Market.Sides()
		for side, american := range map[mlb.Side]odds.American{first: a, second: b} {
			p, err := odds.FromAmerican(american)
			if err != nil {
				t.Fatal(err)
			}
			s.state.Apply(mlb.Quote{LineKey: key, Book: id, Side: side, Price: p, ObservedAt: x.at})
		}
	}
}

// replayed asks every rule at every moment, with or without what comes after,
// and returns what is told.
func replayed(t *testing.T, key mlb.LineKey, ticks []tick, mirrored bool) []mlb.Signal {
	s := newStage(t)
	told := Told{}
	var all []mlb.Signal
	for i, x := range ticks {
		hear(t, s, key, x, mirrored)
		if i+1 == len(ticks) || ticks[i+1].at.After(x.at) {
			for _, r := range Signals() {
				found := r.Detect(s.state.View(s.game, x.at), DefaultSignals())
				for _, y := range found {
					checkSignal(t, s.state.View(s.game, x.at), y)
				}
				all = append(all, told.New(found)...)
			}
		}
	}
	return all
}

// With its sides swapped, a market gives the same signals on the other side.
func TestSignalsAreSymmetric(t *testing.T) {
	count := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SampledFrom(lines[:4]).Draw(rt, "line")
		mirror := key
		if key.Market == mlb.RunLine {
			mirror.Line = -key.Line
		}
		ticks := drawWaves(rt)
		got, want := replayed(t, mirror, ticks, true), replayed(t, key, ticks, false)
		if len(got) != len(want) {
			rt.Fatalf("got %d signals, want %d", len(got), len(want))
		}
		// Of one moment, the first side's come first.
		slices.SortStableFunc(got, func(a, b mlb.Signal) int {
			return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Strategy, b.Strategy), cmp.Compare(b.Side, a.Side))
		})
		slices.SortStableFunc(want, func(a, b mlb.Signal) int {
			return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Strategy, b.Strategy), cmp.Compare(a.Side, b.Side))
		})
		for i, w := range want {
			g := got[i]
			count[w.Strategy+" "+w.Verdict().String()]++
			if w.NotIdentifiable == "" && g.Side != w.Side.Opposite() || g.Line*mirror.Line != w.Line*key.Line || g.NotIdentifiable != w.NotIdentifiable ||
				g.Strategy != w.Strategy || !g.Since.Equal(w.Since) || !g.DetectedAt.Equal(w.DetectedAt) || g.Originator() != w.Originator() ||
				math.Abs(g.LogOdds-w.LogOdds) > 1e-9 || math.Abs(g.Points-w.Points) > 1e-9 || len(g.Path) != len(w.Path) || len(g.Behind) != len(w.Behind) {
				rt.Fatalf("got %+v\nwant %+v", g, w)
			}
		}
	})
	for _, name := range []string{"steam found", "reverse found", "sharp found"} {
		if count[name] == 0 {
			t.Errorf("%v: no %s among them proves anything", count, name)
		}
	}
}

// What is told up to a moment is the same whatever comes after, and a state
// that has heard all of it says the same of that moment.
func TestNoSignalLooksAhead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ticks := drawWaves(rt)
		key := rapid.SampledFrom(lines[:4]).Draw(rt, "line")
		cut := clock("12:00").Add(time.Duration(rapid.IntRange(0, 39).Draw(rt, "now")) * 30 * time.Second)
		past := slices.DeleteFunc(slices.Clone(ticks), func(x tick) bool { return x.at.After(cut) })
		all := slices.DeleteFunc(replayed(t, key, ticks, false), func(s mlb.Signal) bool { return s.DetectedAt.After(cut) })
		if got := replayed(t, key, past, false); !reflect.DeepEqual(got, all) {
			rt.Fatalf("with the past alone: got %+v\nwant %+v", got, all)
		}
		knowing, honest := newStage(t), newStage(t)
		for _, x := range ticks {
			hear(t, knowing, key, x, false)
		}
		for _, x := range past {
			hear(t, honest, key, x, false)
		}
		for _, r := range Signals() {
			got := r.Detect(knowing.state.View(game, cut), DefaultSignals())
			if want := r.Detect(honest.state.View(game, cut), DefaultSignals()); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s, knowing the future: got %+v\nwant %+v", r.Name, got, want)
			}
		}
	})
}

// Time alone begins no steam: what holds at any moment held at the last change
// before it. The search for the beginning rests on it.
func TestTimeAloneBeginsNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStage(t)
		for _, x := range drawWaves(rt) {
			hear(t, s, lines[0], x, false)
		}
		now := clock("12:00").Add(time.Duration(rapid.IntRange(0, 1500).Draw(rt, "seconds")) * time.Second)
		v := s.state.View(game, now)
		for _, side := range []mlb.Side{mlb.Home, mlb.Away} {
			w := wave{market: mlb.Moneyline, period: mlb.FullGame, side: side, cfg: DefaultSteam()}
			if w.path(v) == nil {
				continue
			}
			changes := v.Changes(mlb.Moneyline, mlb.FullGame, time.Hour)
			if len(changes) == 0 || w.path(v.At(changes[0])) == nil {
				rt.Fatalf("%s at %v: did not hold at the last change, %v", side, now, changes)
			}
		}
	})
}

// LowVig shows BetOnline's prices, at once or a little later, whatever they
// do: it adds nothing to what is found.
func TestCopiersMakeNoSteam(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ticks := drawWaves(rt)
		behind := time.Duration(rapid.IntRange(0, 4).Draw(rt, "behind")) * 30 * time.Second
		var copied []tick
		for _, x := range ticks {
			if copied = append(copied, x); x.book == "betonline" {
				x.book, x.at = "lowvig", x.at.Add(behind)
				copied = append(copied, x)
			}
		}
		slices.SortStableFunc(copied, func(a, b tick) int { return a.at.Compare(b.at) })
		steams := func(all []mlb.Signal) (began []string) {
			for _, s := range all {
				if s.Strategy == steamName && s.NotIdentifiable == "" {
					began = append(began, fmt.Sprint(s.DetectedAt, s.Side, s.Path))
				}
			}
			return began
		}
		got, want := steams(replayed(t, lines[0], copied, false)), steams(replayed(t, lines[0], ticks, false))
		if !slices.Equal(got, want) {
			rt.Fatalf("got %v\nwant %v", got, want)
		}
	})
}
