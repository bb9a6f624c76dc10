package world

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// sight is a fault as a client sees it beside a sound answer of the same
// moment.
type sight struct {
	t             *testing.T
	w             *World
	source        Source
	sound, faulty got
}

// rows are the rows of a body by the real parser, which must take it as a
// whole.
func (s sight) rows(g got) rows { return parse(s.t, s.source, s.w.main(s.source), g.body, start) }

// refused is how many rows of the faulty body are refused for a reason.
func (s sight) refused(reasons ...source.Reason) (n int) {
	for _, err := range s.rows(s.faulty).bad {
		var bad *source.RowError
		if errors.As(err, &bad) && slices.Contains(reasons, bad.Reason) {
			n++
		}
	}
	return n
}

// count is how often a text is in the faulty body, less in the sound one.
func (s sight) count(text string) int {
	return bytes.Count(s.faulty.body, []byte(text)) - bytes.Count(s.sound.body, []byte(text))
}

// games are how many games a body lists.
func (s sight) games(g got) int {
	if s.source == VSiN {
		return bytes.Count(g.body, []byte(`class="sp-row"`)) / 2
	}
	e := edit{source: s.source, doc: must(decode(g.body))}
	n := 0
	e.games(func(all []any) []any {
		n = len(all)
		return all
	})
	return n
}

// first is the target as the faulty body lists it.
func (s sight) first() (g object) {
	e := edit{source: s.source, doc: must(decode(s.faulty.body)), target: s.target()}
	e.eachTarget(func(o object) { g = o })
	return g
}

func (s sight) target() target { return must(s.w.slates.target(Fault{From: start}, start)) }

func (s sight) date(g got) time.Time { return must(http.ParseTime(g.header.Get("Date"))) }

func (s sight) status(want int, header string) bool {
	return s.faulty.status == want && (s.faulty.header.Get("Retry-After") == header) && len(s.faulty.body) > 0
}

// stamp is the first time a body was stamped with.
func (s sight) stamp(g got) (at time.Time) {
	walk(must(decode(g.body)), func(o object) {
		for _, f := range stamps {
			if t, err := time.Parse(time.RFC3339, asText(o[f])); err == nil && t.After(at) {
				at = t
			}
		}
	})
	return at
}

// restamped tells whether the times of the body moved, where it has any
// beside the league's, or that of its version did.
func (s sight) restamped(by time.Duration) bool {
	if s.source == OddsAPI || s.source == SBD {
		return s.stamp(s.faulty).Sub(s.stamp(s.sound)) == by
	}
	at, err := http.ParseTime(s.faulty.header.Get("Last-Modified"))
	return err == nil && at.Sub(start) == by
}

// looks tell, for each fault, whether a client sees what it is said to do.
var looks = map[Kind]func(sight) bool{
	RenamedField: func(s sight) bool {
		return s.count("_v2") > 5 || s.count("sp-table-v2") == 1
	},
	MissingField: func(s sight) bool {
		field := drifting[s.source]
		return field != "" && s.count(`"`+field+`":`) < 0 || field == "" && s.count("sp-table\"") < 0
	},
	RetypedField: func(s sight) bool {
		return s.source != VSiN && s.count(`"`+drifting[s.source]+`":{"value":`) > 5 || s.source == VSiN && s.refused(source.BadSplit) > 0
	},
	FrozenFeed: func(s sight) bool { // the answers are an hour apart
		return bytes.Equal(s.sound.body, s.faulty.body) && s.date(s.faulty).Sub(s.date(s.sound)) == time.Hour
	},
	ClockSkew: func(s sight) bool {
		off := s.date(s.faulty).Sub(s.date(s.sound))
		return off == 10*time.Minute && (s.source != OddsAPI && s.source != SBD || s.stamp(s.faulty).Sub(s.stamp(s.sound)) == off)
	},
	SwappedTeams: func(s sight) bool {
		t := s.target()
		if s.source == VSiN {
			away, home := bytes.Index(s.faulty.body, []byte(t.away.Name)), bytes.Index(s.faulty.body, []byte(t.home.Name))
			return home < away && bytes.Index(s.sound.body, []byte(t.home.Name)) > bytes.Index(s.sound.body, []byte(t.away.Name))
		}
		e := edit{source: s.source}
		home, _, _ := e.who(s.first())
		return home == t.away.Name || home == t.away.Code
	},
	SentinelPrices: func(s sight) bool {
		return s.count("-99999") > 50 && s.refused(source.BadPrice, source.SentinelPrice) > 50
	},
	AveragePrices:  func(s sight) bool { return s.refused(source.BadPrice, source.AveragePrice) > 50 },
	DuplicatedBook: func(s sight) bool { return s.rows(s.faulty).n > s.rows(s.sound).n },
	DoubleheaderMismatch: func(s sight) bool {
		return s.games(s.faulty) == s.games(s.sound)+1 && len(s.rows(s.faulty).bad) == len(s.rows(s.sound).bad)
	},
	PartialSlate: func(s sight) bool { return s.games(s.faulty) == s.games(s.sound)/2 },
	TruncatedBody: func(s sight) bool {
		return errors.Is(s.faulty.err, io.ErrUnexpectedEOF) && len(s.faulty.body) < len(s.sound.body)
	},
	GzipBomb: func(s sight) bool { return len(s.faulty.body) == bombBlock },
	SlowLoris: func(s sight) bool {
		var late net.Error
		return errors.As(s.faulty.err, &late) && late.Timeout()
	},
	Unauthorized:        func(s sight) bool { return s.status(401, "") },
	Forbidden:           func(s sight) bool { return s.status(403, "") },
	NotFound:            func(s sight) bool { return s.status(404, "") },
	Unprocessable:       func(s sight) bool { return s.status(422, "") },
	RateLimited:         func(s sight) bool { return s.status(429, "30") },
	RateLimitedSilently: func(s sight) bool { return s.status(429, "") },
	ServerErrors:        func(s sight) bool { return s.faulty.status >= 500 && s.faulty.status <= 503 },
	DNSFailure: func(s sight) bool {
		var dns *net.DNSError
		return errors.As(s.faulty.err, &dns) && dns.IsNotFound
	},
	ConnectionReset: func(s sight) bool { return errors.Is(s.faulty.err, syscall.ECONNRESET) },
	RedirectLoop: func(s sight) bool {
		return s.faulty.err != nil && strings.Contains(s.faulty.err.Error(), "stopped after 10 redirects")
	},
	HTMLPage: func(s sight) bool {
		return s.faulty.status == 200 && strings.Contains(string(s.faulty.body), "human") && strings.HasPrefix(s.faulty.header.Get("Content-Type"), "text/html")
	},
	StaleTimestamps:  func(s sight) bool { return s.restamped(-6 * time.Hour) },
	FutureTimestamps: func(s sight) bool { return s.restamped(6 * time.Hour) },
	PostponedGame: func(s sight) bool {
		switch s.source {
		case ActionNetwork:
			return asText(s.first()["status"]) == "postponed" && s.refused(source.Postponed) > 0
		case StatsAPI:
			return asText(asObject(s.first()["status"])["codedGameState"]) == "D"
		default:
			return s.games(s.faulty) == s.games(s.sound)-1
		}
	},
	MovedAcrossMidnight: func(s sight) bool {
		return s.count("T04:15:00") >= 1
	},
	TeamRenamed: func(s sight) bool {
		return s.count(s.target().home.Name+" BC") >= 1 || s.count(`"`+s.target().home.Code+`BC"`) == 1
	},
}

// look asks for a source's main route without and with faults.
func look(t *testing.T, w *World, s Source, faults ...Fault) sight {
	t.Helper()
	tr := &http.Transport{DialContext: w.DialContext, DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	c := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	sound := get(t, c, w.main(s))
	if sound.status != http.StatusOK {
		t.Fatalf("%s: %d %s %v", s, sound.status, sound.body, sound.err)
	}
	if err := w.SetFaults(faults); err != nil {
		t.Fatal(err)
	}
	if faults[0].Kind == FrozenFeed {
		w.Clock().Step(time.Hour)
	}
	if faults[0].Kind == SlowLoris {
		c.Timeout = 300 * time.Millisecond
	}
	faulty := get(t, c, w.main(s))
	if err := w.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	return sight{t, w, s, sound, faulty}
}

// faultOf is a fault with its defaults, but a bomb of a size that tests can
// bear.
func faultOf(k Kind, s Source) Fault {
	f := Fault{Kind: k, Source: s}
	if k == GzipBomb {
		f.Count = 1
	}
	return f
}

// unhurried is a clock on which a second passes between any two requests, so
// that none is ever too fast.
func unhurried() func() time.Time {
	var seconds atomic.Int64
	return func() time.Time { return start.Add(time.Duration(seconds.Add(1)) * time.Second) }
}

// Every fault does what it says on every source it says, and nothing when it is
// over.
func TestFaultsShow(t *testing.T) {
	o := options()
	o.Real = unhurried()
	shared := open(t, o)
	for _, k := range Kinds() {
		t.Run(string(k.Kind), func(t *testing.T) {
			w := shared
			if k.Kind == FrozenFeed { // which needs time to pass
				w = open(t, o)
			}
			seen, ok := looks[k.Kind]
			if !ok {
				t.Fatal("nobody looks at it")
			}
			for _, s := range k.Sources {
				sight := look(t, w, s, faultOf(k.Kind, s))
				if !seen(sight) {
					t.Errorf("%s: not seen: %d, %v, %.300s", s, sight.faulty.status, sight.faulty.err, sight.faulty.body)
				}
				if g := get(t, client(t), w.main(s)); g.status != http.StatusOK || k.Kind != FrozenFeed && !bytes.Equal(g.body, sight.sound.body) {
					t.Errorf("%s: it goes on: %d", s, g.status)
				}
			}
		})
	}
	if len(looks) != 30 || len(Kinds()) != 30 {
		t.Errorf("%d faults, %d looks", len(Kinds()), len(looks))
	}
}

// Faults come together, each on what the one before left.
func TestTwoAtOnce(t *testing.T) {
	w := open(t, options())
	s := look(t, w, ActionNetwork, Fault{Kind: PartialSlate, Count: 3}, Fault{Kind: SwappedTeams}, Fault{Kind: ClockSkew, Seconds: 60})
	if n := s.games(s.faulty); n != 3 || !looks[SwappedTeams](s) || s.date(s.faulty).Sub(s.date(s.sound)) != time.Minute {
		t.Errorf("%d games, swapped %v", n, looks[SwappedTeams](s))
	}
	s = look(t, w, OddsAPI, Fault{Kind: AveragePrices, Count: 2}, Fault{Kind: TruncatedBody, Quiet: true, Share: 0.3})
	if s.faulty.err != nil || json.Valid(s.faulty.body) || s.count(".3") == 0 {
		t.Errorf("%v, %d bytes", s.faulty.err, len(s.faulty.body))
	}
	s = look(t, w, SBD, Fault{Kind: ServerErrors, Share: 0.25}, Fault{Kind: PartialSlate, Count: 1})
	if s.games(s.faulty) != 1 {
		t.Error("the storm took more than its share")
	}
}

func TestWindows(t *testing.T) {
	w, c := open(t, options()), client(t)
	err := w.SetFaults([]Fault{
		{Kind: Forbidden, Source: SBD, From: start.Add(time.Minute), To: start.Add(2 * time.Minute)},
		{Kind: NotFound, Source: StatsAPI, Route: "livefeed"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 403, 200} {
		if g := get(t, c, w.main(SBD)); g.status != want {
			t.Errorf("in minute %d: %d, want %d", i, g.status, want)
		}
		w.Clock().Step(time.Minute)
	}
	if g := get(t, c, w.main(StatsAPI)); g.status != http.StatusOK {
		t.Errorf("another route: %d", g.status)
	}
	if e := w.Journal()[1]; !slices.Equal(e.Faults, []Kind{Forbidden}) || e.Status != 403 || !e.At.Equal(start.Add(time.Minute)) {
		t.Errorf("listed as %+v", e)
	}
}

// Half of the requests of a storm fail.
func TestShareOfAStorm(t *testing.T) {
	w, c := open(t, options()), client(t)
	if err := w.SetFaults([]Fault{{Kind: ServerErrors, Share: 0.5}}); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for range 10 {
		if get(t, c, w.main(VSiN)).status >= 500 {
			failed++
		}
	}
	if failed != 5 {
		t.Errorf("%d of 10 failed", failed)
	}
}

// A bomb is small on the wire.
func TestBombIsSmall(t *testing.T) {
	part, err := bombPart()
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, io.LimitReader(z, 2*bombBlock))
	if n != bombBlock || err != nil || len(part) > 1<<17 {
		t.Errorf("%d bytes unpack to %d, %v", len(part), n, err)
	}
}

func TestFaultsThatAreNone(t *testing.T) {
	w := open(t, options())
	for name, f := range map[string]Fault{
		"kind":   {Kind: "rain"},
		"source": {Kind: SentinelPrices, Source: VSiN},
		"nobody": {Kind: Forbidden, Source: "espn"},
		"window": {Kind: Forbidden, From: start, To: start},
		"route":  {Kind: Forbidden, Source: SBD, Route: "history"},
		"share":  {Kind: ServerErrors, Share: 2},
	} {
		if err := w.SetFaults([]Fault{f}); !errors.Is(err, mlb.ErrInvalid) || len(w.Faults()) > 0 {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// A world that ends does not wait for who drips.
func TestCloseWhileDripping(t *testing.T) {
	w := open(t, options())
	if err := w.SetFaults([]Fault{{Kind: SlowLoris, Seconds: 3600}}); err != nil {
		t.Fatal(err)
	}
	resp, err := client(t).Get(w.main(SBD))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the body came to an end")
	}
}
