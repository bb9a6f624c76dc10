package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Causes of gaps that the ledger has none for.
const (
	causeNoLook   = "no_look"   // no worker looked
	causeNotShown = "not_shown" // the source was looked at and did not show it
	causeCredits  = "credits"   // the plan did not afford a look
)

// Gap is a time in which something was not seen although the cadence asked for
// it: a feed, a game in it, or a book's prices of the game.
type Gap struct {
	Source, Feed string
	Day          mlb.Date
	Game         mlb.GameID // 0: the whole feed
	Book         mlb.BookID // 0: every book
	From, To     time.Time  // the first look that is missing, and the next that was made, or the last that is missing
	Looks        int        // that the cadence asked for, and that were not made
	Cause        string     // as the ledger names it
	Fill         string     // the feed that still gives what was missed; "": nothing does
}

// Command is what fills the gap; "" where nothing does.
func (g Gap) Command() string {
	if g.Fill == "" {
		return ""
	}
	return fmt.Sprintf("collect backfill --from %s --to %s --source %s --feed %s", g.Day, g.Day, g.Source, g.Fill)
}

// Gaps are the gaps of the days from one to another that no backfill has
// filled, in order of time. Days ahead have none.
func (c *Collector) Gaps(ctx context.Context, from, to mlb.Date) (all []Gap, err error) {
	since, err := c.cfg.DB.SourcesSince(ctx)
	if err != nil {
		return nil, err
	}
	today := c.today()
	for day := from; !to.Before(day) && !today.Before(day); day = nextDay(day) {
		d, err := c.readDay(ctx, day)
		if err != nil {
			return nil, err
		}
		for _, w := range c.cfg.Watches {
			on, ok := since[w.Adapter.Name]
			feed, err := w.Adapter.Feed(w.Feed)
			if err != nil || !ok || feed.PerGame {
				continue
			}
			d.begin = later(d.midnight, on)
			all = append(all, d.gapsOf(w, feed)...)
		}
	}
	return all, nil
}

func nextDay(d mlb.Date) mlb.Date { return mlb.DateOf(d.Time().AddDate(0, 0, 1)) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// pastDay is what was seen of a day.
type pastDay struct {
	day             mlb.Date
	midnight, begin time.Time // in the league's zone; begin: since when the source is on
	end             time.Time // now, or when the day is over for certain
	now             time.Time
	games           []cadence.Game
	looks           []store.Looked
	seen            []store.Sighting
	filled          []store.Backfilled
}

// A day's games are over for certain so long after its midnight.
const dayOver = 36 * time.Hour

func (c *Collector) readDay(ctx context.Context, day mlb.Date) (d *pastDay, err error) {
	d = &pastDay{day: day, now: c.cfg.Now(), midnight: time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, c.eastern)}
	d.end = earlier(d.now, d.midnight.Add(dayOver))
	all, err := c.cfg.DB.GamesOn(ctx, day)
	if err != nil {
		return nil, err
	}
	if d.games, err = c.played(ctx, all); err != nil {
		return nil, err
	}
	if d.looks, err = c.cfg.DB.LooksAt(ctx, day); err != nil {
		return nil, err
	}
	ids := make([]mlb.GameID, len(d.games))
	for i, g := range d.games {
		ids[i] = g.ID
	}
	if d.seen, err = c.cfg.DB.Sightings(ctx, ids); err != nil {
		return nil, err
	}
	d.filled, err = c.cfg.DB.Backfills(ctx, day)
	return d, err
}

// gapsOf are the gaps of one feed: its own, then those of games and of books
// that no wider gap explains.
func (d *pastDay) gapsOf(w Watch, feed source.Feed) []Gap {
	base := Gap{Source: w.Adapter.Name, Feed: w.Feed, Day: d.day}
	var made []time.Time
	for _, l := range d.looks {
		if l.Source == base.Source && l.Feed == base.Feed && !l.Failed {
			made = append(made, l.At)
		}
	}
	all := d.between(w.Plan, d.games, d.begin, d.end, made, base)
	if len(d.games) == 0 && len(made) == 0 && feed.Results != nil && inSeason(d.day) { // which games there are was never asked
		all = append(all, Gap{Source: base.Source, Feed: base.Feed, Day: d.day, From: d.begin, To: d.end, Looks: 1})
	}
	if feed.Odds != nil {
		for _, g := range d.games {
			all = append(all, d.gapsOfGame(w.Plan, g, base, all)...)
		}
	}
	for i := range all {
		d.explain(&all[i], w, feed)
	}
	all = slices.DeleteFunc(all, func(g Gap) bool { return d.isFilled(g, w.Adapter) })
	slices.SortStableFunc(all, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book))
	})
	return all
}

// gapsOfGame are the times in which a game, or a book's prices of it, were not
// shown before its start.
func (d *pastDay) gapsOfGame(p cadence.Plan, g cadence.Game, base Gap, wider []Gap) (all []Gap) {
	cutoff := mlb.CutoffOf(g.FirstPitch, g.Start).At
	end := earlier(d.end, cutoff.Add(-1)) // what is seen from the first pitch on is no pregame price
	var shown []time.Time
	books := map[mlb.BookID][]time.Time{}
	for _, s := range d.seen {
		if s.Source == base.Source && s.Game == g.ID {
			shown = append(shown, s.ObservedAt)
			books[s.Book] = append(books[s.Book], s.ObservedAt)
		}
	}
	one := []cadence.Game{g}
	base.Game = g.ID
	add := func(gaps []Gap) {
		for _, x := range gaps {
			if !slices.ContainsFunc(wider, func(y Gap) bool { return y.covers(x, p) }) {
				all = append(all, x)
			}
		}
		wider = append(slices.Clone(wider), all...)
	}
	add(d.between(p, one, d.begin, end, shown, base))
	var bookGaps []Gap
	for book, at := range books {
		base.Book = book
		// A book is expected from its first price on.
		bookGaps = append(bookGaps, d.between(p, one, later(d.begin, at[0]), end, at, base)...)
	}
	add(bookGaps)
	return all
}

// covers tells that a wider gap explains this one.
func (g Gap) covers(x Gap, p cadence.Plan) bool {
	wider := g.Game == 0 || g.Game == x.Game && g.Book == 0
	slack := slackOf(p, cadence.Look{Every: p.Min})
	return wider && !x.From.Before(g.From.Add(-slack)) && !x.To.After(g.To.Add(slack))
}

// slackOf is how late a look may be before it is missed.
func slackOf(p cadence.Plan, l cadence.Look) time.Duration {
	if l.Kind == cadence.Pinned {
		return p.Tolerance + p.Min + p.Grace
	}
	return 2*time.Duration(p.Jitter*float64(l.Every)) + p.Min + p.Grace
}

// between are the gaps between looks made, in order, from a begin to an end.
func (d *pastDay) between(p cadence.Plan, games []cadence.Game, begin, end time.Time, made []time.Time, base Gap) (all []Gap) {
	dense := p.Min
	for _, ph := range p.Phases {
		dense = ph.Every // phases get denser
	}
	last := begin
	for i := 0; i <= len(made); i++ {
		next, trailing := end, i == len(made)
		if !trailing {
			next = made[i]
		}
		if next.After(end) {
			next = end
		}
		if next.Sub(last) > dense {
			if g, ok := gapIn(p, games, last, next, trailing, base); ok {
				all = append(all, g)
			}
		}
		last = later(last, next)
	}
	return all
}

// gapIn is the gap between two looks, the second of which may be the end of
// what is asked about.
func gapIn(p cadence.Plan, games []cadence.Game, last, next time.Time, trailing bool, g Gap) (Gap, bool) {
	looks := p.Expected(last, next, games)
	for i := len(looks) - 1; i >= 0 && looks[i].At.Add(slackOf(p, looks[i])).After(next); i-- {
		looks = looks[:i]
	}
	if len(looks) == 0 {
		return g, false
	}
	g.From, g.To, g.Looks = looks[0].At, next, len(looks)
	if trailing {
		g.To = looks[len(looks)-1].At
	}
	return g, true
}

// explain says why a gap came to be, and what fills it.
func (d *pastDay) explain(g *Gap, w Watch, feed source.Feed) {
	g.Cause, g.Fill = causeNoLook, d.fill(w.Adapter, feed)
	for _, l := range d.looks {
		ours := l.Source == g.Source && l.Feed == g.Feed
		switch {
		case l.At.Before(g.From) || l.At.After(g.To):
		case !ours:
			if w.Paid != nil && g.Cause == causeNoLook { // somebody worked, and did not look here
				g.Cause = causeCredits
			}
		case l.Cause != "":
			g.Cause = l.Cause
		case g.Cause == causeNoLook && g.Game != 0:
			g.Cause = causeNotShown
		}
	}
}

// fill is the feed of the source that still gives a day's past of what another
// feed shows; "" for none.
func (d *pastDay) fill(a source.Adapter, missed source.Feed) string {
	for _, f := range append([]source.Feed{missed}, a.Feeds...) {
		if f.Reach > 0 && d.now.Sub(d.midnight) <= f.Reach && sharesKind(f, missed) {
			return f.Name
		}
	}
	return ""
}

func sharesKind(a, b source.Feed) bool {
	return slices.ContainsFunc(a.Kinds(), func(k source.Kind) bool { return k != source.Directory && slices.Contains(b.Kinds(), k) })
}

// isFilled tells that everything a backfill asks for about the gap was had
// after it.
func (d *pastDay) isFilled(g Gap, a source.Adapter) bool {
	for _, f := range a.Feeds {
		missed, err := a.Feed(g.Feed)
		if err != nil || f.Reach == 0 || !sharesKind(f, missed) {
			continue
		}
		items := slices.DeleteFunc(itemsOf(f, d.games), func(it item) bool { return !it.about(g) })
		had := func(it item) bool {
			return slices.ContainsFunc(d.filled, func(b store.Backfilled) bool {
				return b.Source == g.Source && b.Feed == f.Name && b.Item == it.key && !b.AskedAt.Before(g.To)
			})
		}
		if len(items) > 0 && !slices.ContainsFunc(items, func(it item) bool { return !had(it) }) {
			return true
		}
	}
	return false
}

// inSeason tells that games may be played on a day: from the first of spring
// training to the World Series, at their widest, since there are two leagues.
func inSeason(d mlb.Date) bool {
	first, last := mlb.Date{Year: d.Year, Month: time.February, Day: 15}, mlb.Date{Year: d.Year, Month: time.November, Day: 15}
	return d.Year >= firstSeason && !d.Before(first) && !last.Before(d)
}

const firstSeason = 1901
