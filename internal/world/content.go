package world

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// target is the game that a fault is about, as any source names it.
type target struct {
	event      int64
	pk         int64
	home, away mlb.Team
	start      time.Time
}

// target finds a fault's game: the given one, or the first of the day.
func (s *slates) target(f Fault, at time.Time) (t target, err error) {
	var day *simulator.Day
	if f.Event != 0 {
		day, err = s.dayOfEvent(f.Event, at)
	} else {
		day, err = s.dayOf(s.today(f.From))
	}
	if err != nil || day == nil {
		return t, err
	}
	games, err := matchups(day, at)
	if err != nil {
		return t, err
	}
	for _, g := range games {
		if f.Event == 0 || g.id == f.Event {
			return target{event: g.id, pk: pkOf(day, g.id), home: g.home, away: g.away, start: g.start}, nil
		}
	}
	return t, nil
}

func pkOf(day *simulator.Day, event int64) int64 {
	for t := range day.Ticks() {
		if t.Event == event {
			return t.PK
		}
	}
	return 0
}

// is tells whether a game of a body, by any name of its clubs, is the target.
func (t target) is(home, away string, start time.Time) bool {
	names := func(c mlb.Team) []string { return []string{c.Name, c.Code} }
	here, there := names(t.home), names(t.away)
	same := slices.Contains(here, home) && slices.Contains(there, away) || slices.Contains(here, away) && slices.Contains(there, home)
	return same && start.Sub(t.start).Abs() < 150*time.Minute
}

// change applies the faults that change what a body holds.
func (s *slates) change(src Source, q question, a answer, faults []Fault) (answer, error) {
	faults = slices.DeleteFunc(slices.Clone(faults), func(f Fault) bool { return f.wire() || f.Kind == FrozenFeed })
	if len(faults) == 0 {
		return a, nil
	}
	if src == VSiN {
		return s.changePage(q, faults)
	}
	doc, err := decode(a.body)
	if err != nil {
		return a, err
	}
	for _, f := range faults {
		t, err := s.target(f, q.at)
		if err != nil {
			return a, err
		}
		e := edit{source: src, doc: doc, fault: f, target: t, eastern: s.eastern}
		e.apply()
		doc = e.doc
	}
	a.body = compact(doc)
	return a, nil
}

// edit is one fault being worked into one JSON body.
type edit struct {
	source  Source
	doc     any
	fault   Fault
	target  target
	eastern *time.Location
}

func (e *edit) apply() {
	switch e.fault.Kind {
	case RenamedField, MissingField, RetypedField:
		e.drift()
	case ClockSkew:
		e.restamp(e.fault.seconds(defaultSkew))
	case StaleTimestamps:
		e.restamp(-e.fault.seconds(defaultStale))
	case FutureTimestamps:
		e.restamp(e.fault.seconds(defaultStale))
	case SentinelPrices:
		e.reprice(sentinel)
	case AveragePrices:
		e.reprice(average)
	case DuplicatedBook:
		e.duplicate()
	case PartialSlate:
		e.games(func(all []any) []any { return all[:e.fault.keep(len(all))] })
	case DoubleheaderMismatch:
		e.games(e.secondLeg)
	case SwappedTeams:
		e.eachTarget(e.swap)
	case PostponedGame:
		e.postpone()
	case MovedAcrossMidnight:
		e.eachTarget(e.move)
	case TeamRenamed:
		e.rename()
	}
}

// keep is how many games of a partial slate are left.
func (f Fault) keep(n int) int {
	if f.Count > 0 {
		return min(f.Count, n)
	}
	return n / 2
}

// The defaults of the faults of time, in seconds.
const (
	defaultSkew  = 600
	defaultStale = 6 * 3600
)

// drifting is the field that schema drift takes where none is named: what a
// row cannot do without.
var drifting = map[Source]string{ActionNetwork: "odds", StatsAPI: "gamePk", OddsAPI: "price", SBD: "betsPercentage"}

func (e *edit) drift() {
	field, to := e.fault.Field, e.fault.Text
	if field == "" {
		field = drifting[e.source]
	}
	if to == "" {
		to = field + "_v2"
	}
	walk(e.doc, func(o object) {
		v, ok := o[field]
		if !ok {
			return
		}
		switch e.fault.Kind {
		case RetypedField:
			o[field] = object{"value": v}
			return
		case RenamedField:
			o[to] = v
		}
		delete(o, field)
	})
}

// stamps are the fields in which a source says when it wrote something.
var stamps = []string{"last_update", "timestamp", "previous_timestamp", "next_timestamp", "updated_at", "updated", "timeStamp"}

// stampLayouts are how they are written.
var stampLayouts = []string{time.RFC3339, "20060102_150405"}

func (e *edit) restamp(by time.Duration) {
	walk(e.doc, func(o object) {
		for _, field := range stamps {
			if told, ok := o[field].(string); ok {
				o[field] = moved(told, by)
			}
		}
	})
}

// moved is a time as it is written, some time later; a text that is no time
// stays.
func moved(told string, by time.Duration) string {
	for _, layout := range stampLayouts {
		t, err := time.Parse(layout, told)
		if err != nil {
			continue
		}
		if layout == time.RFC3339 && strings.Contains(told, ".") {
			layout = "2006-01-02T15:04:05.000000Z07:00"
		}
		return t.Add(by).Format(layout)
	}
	return told
}

// priceFields are where prices stand.
var priceFields = map[Source]string{ActionNetwork: "odds", OddsAPI: "price"}

// reprice writes every price anew, or one of so many.
func (e *edit) reprice(f func(n int, price float64) json.Number) {
	field, n := priceFields[e.source], 0
	for _, o := range e.priced() {
		p, err := strconv.ParseFloat(asText(o[field]), 64)
		if err != nil {
			continue
		}
		if n++; n%max(1, e.fault.Count) == 0 {
			o[field] = f(n, p)
		}
	}
}

// priced are all objects with a price, in the order of the document with
// fields sorted, so that every run changes the same ones.
func (e *edit) priced() (all []object) {
	field := priceFields[e.source]
	var visit func(v any)
	visit = func(v any) {
		switch t := v.(type) {
		case object:
			if _, ok := t[field].(json.Number); ok {
				all = append(all, t)
			}
			keys := make([]string, 0, len(t))
			for k := range t {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				visit(t[k])
			}
		case []any:
			for _, inner := range t {
				visit(inner)
			}
		}
	}
	visit(e.doc)
	return all
}

// sentinels stand for no price.
var sentinels = [...]json.Number{"0", "-99999", "99999"}

func sentinel(n int, _ float64) json.Number { return sentinels[n%len(sentinels)] }

// average is the mean of a price and one on the other side of even.
func average(_ int, price float64) json.Number {
	mean := (price - math.Copysign(100, price)) / 2
	return json.Number(strconv.FormatFloat(mean+math.Copysign(0.3, mean), 'f', 1, 64))
}

// otherPrice is one that differs by fifteen cents.
func otherPrice(price int64) json.Number {
	if price < 0 {
		return number(price - 15)
	}
	return number(price + 15)
}

// duplicate lists a book twice.
func (e *edit) duplicate() {
	book := e.fault.Field
	if e.source == ActionNetwork {
		if book == "" {
			book = draftKings
		}
		e.eachGame(func(g object) {
			for _, period := range asObject(asObject(g["markets"])[book]) {
				markets := asObject(period)
				for key, list := range markets {
					markets[key] = append(asList(list), repriced(list, "odds")...)
				}
			}
		})
		return
	}
	if book == "" {
		book = "draftkings"
	}
	e.eachGame(func(g object) {
		books := asList(g["bookmakers"])
		for _, b := range books {
			if asText(asObject(b)["key"]) == book {
				g["bookmakers"] = append(books, repriced([]any{b}, "price")...)
				return
			}
		}
	})
}

// repriced is a copy of a list with every price changed.
func repriced(list any, field string) []any {
	doc, err := decode(compact(list))
	if err != nil {
		return nil
	}
	walk(doc, func(o object) {
		if n, ok := o[field].(json.Number); ok {
			o[field] = otherPrice(asInt(n))
		}
	})
	return asList(doc)
}
