package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Past is what can be asked about days gone by.
type Past struct {
	Adapters []source.Adapter // the collector's client knows their hosts
	Keys     map[string]source.Secret
}

// Wanted is what a backfill is to get.
type Wanted struct {
	From, To     mlb.Date // both included
	Source, Feed string   // "": every source that is on, every free feed
	Resume       bool     // pass over what was had before
	// Until, where set, is when to stop before the next thing: the rest is left
	// for another run.
	Until time.Time
}

// Progress is what came of one thing asked for.
type Progress struct {
	store.Backfilled
	Skipped string // why it was not asked for; "": it was
}

// Refilled is what a backfill came to.
type Refilled struct {
	Asked, Had, Failed, Skipped int
	Stored                      int64
	Filled                      []Gap // gaps that there were before, and are no more
	More                        bool  // it stopped at Wanted.Until
}

// item is one thing to ask a feed of the past for.
type item struct {
	key  string // as the progress is kept by
	game cadence.Game
	at   time.Time // the moment to show; zero: all of it
}

// itemsOf are what a feed is asked for of a day with these games. A feed that
// shows one moment is asked for the closing prices, five minutes before each
// start, or for several games at once.
func itemsOf(f source.Feed, games []cadence.Game) (all []item) {
	switch {
	case f.PerGame:
		for _, g := range games {
			all = append(all, item{key: fmt.Sprintf("game %d", g.ID), game: g})
		}
	case f.Odds != nil:
		p := cadence.Standard(cadence.Slate)
		p.Pinned, p.Merge = []time.Duration{5 * time.Minute}, 5*time.Minute
		for _, pin := range p.Pins(games) {
			all = append(all, item{key: pin.At.UTC().Format(time.RFC3339), at: pin.At})
		}
	default:
		all = append(all, item{})
	}
	return all
}

// about tells that an item has what was missed in a gap.
func (it item) about(g Gap) bool {
	switch {
	case it.game.ID != 0:
		cutoff := mlb.CutoffOf(it.game.FirstPitch, it.game.Start).At
		return g.Game == it.game.ID || g.Game == 0 && cutoff.After(g.From)
	case !it.at.IsZero():
		return !it.at.Before(g.From) && !it.at.After(g.To)
	default:
		return true
	}
}

// Backfill asks sources that keep the past for days gone by, day by day, and
// takes their answers in. What was had is written down as it is had, so that a
// run that ends early can be resumed. What cannot be asked for at all is an
// error before the first request; what fails on the way is told, the rest is
// asked for, and the error at the end says how much failed.
func (c *Collector) Backfill(ctx context.Context, past Past, want Wanted, tell func(Progress)) (r Refilled, err error) {
	feeds, err := c.backfillFeeds(ctx, past, want)
	if err != nil {
		return r, err
	}
	before, err := c.Gaps(ctx, want.From, want.To)
	if err != nil {
		return r, err
	}
	b := &backfill{Collector: c, past: past, want: want, tell: tell, r: &r, failing: map[string]int{}}
	for day := want.From; !want.To.Before(day) && !r.More; day = nextDay(day) {
		for _, f := range feeds {
			if err := b.day(ctx, f, day); err != nil {
				return r, err
			}
		}
	}
	after, err := c.Gaps(ctx, want.From, want.To)
	if err != nil {
		return r, err
	}
	r.Filled = slices.DeleteFunc(before, func(g Gap) bool {
		return slices.ContainsFunc(after, func(x Gap) bool {
			return x.Source == g.Source && x.Feed == g.Feed && x.Day == g.Day && x.Game == g.Game && x.Book == g.Book && x.From.Equal(g.From)
		})
	})
	if r.Failed > 0 {
		return r, fmt.Errorf("%w: %d of %d requests failed: run it again with --resume to ask for those alone", mlb.ErrUnavailable, r.Failed, r.Asked)
	}
	return r, nil
}

// CheckBackfill refuses what Backfill would refuse before its first request.
func (c *Collector) CheckBackfill(ctx context.Context, past Past, want Wanted) error {
	_, err := c.backfillFeeds(ctx, past, want)
	return err
}

// pastFeed is a feed that keeps the past.
type pastFeed struct {
	adapter source.Adapter
	feed    source.Feed
}

// backfillFeeds are the feeds to ask, those that name games first. It refuses
// what cannot be had.
func (c *Collector) backfillFeeds(ctx context.Context, past Past, want Wanted) (all []pastFeed, err error) {
	if err := c.checkDays(want); err != nil {
		return nil, err
	}
	on, err := c.cfg.DB.SourcesSince(ctx)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, a := range past.Adapters {
		for _, f := range a.Feeds {
			if f.Reach == 0 {
				continue
			}
			known = append(known, a.Name+" "+f.Name)
			_, isOn := on[a.Name]
			named := want.Source == a.Name
			if want.Source != "" && !named || want.Feed != "" && want.Feed != f.Name || !named && (!isOn || a.NeedsKey()) {
				continue
			}
			if !isOn {
				return nil, fmt.Errorf("%w: %s is off: read its terms and turn it on with `collect acknowledge %s --read-on DATE`", mlb.ErrInvalid, a.Title, a.Name)
			}
			if err := c.checkReach(a, f, past, want.From); err != nil {
				return nil, err
			}
			all = append(all, pastFeed{a, f})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: nothing to ask: no source that is on and fits keeps the past; these do: %s (`collect sources` says which are on)",
			mlb.ErrInvalid, strings.Join(known, ", "))
	}
	slices.SortStableFunc(all, func(x, y pastFeed) int { return cmp.Compare(x.rank(), y.rank()) })
	return all, nil
}

// rank puts what names games before what is asked by their names.
func (f pastFeed) rank() int {
	switch {
	case f.feed.Results != nil && !f.feed.PerGame:
		return 0
	case f.feed.Results != nil:
		return 1
	default:
		return 2
	}
}

func (c *Collector) checkDays(want Wanted) error {
	today := c.today()
	switch {
	case want.To.Before(want.From):
		return fmt.Errorf("%w: from %s to %s is no time: give the earlier day first", mlb.ErrInvalid, want.From, want.To)
	case today.Before(want.To):
		return fmt.Errorf("%w: %s is still to come: today is %s in New York; what is ahead is collected, not backfilled", mlb.ErrInvalid, want.To, today)
	}
	for _, d := range []mlb.Date{want.From, want.To} {
		if !inSeason(d) {
			return fmt.Errorf("%w: %s is outside the season: games are played from 15 February to 15 November at most, since %d", mlb.ErrInvalid, d, firstSeason)
		}
	}
	return nil
}

func (c *Collector) checkReach(a source.Adapter, f source.Feed, past Past, from mlb.Date) error {
	if age := c.cfg.Now().Sub(from.Time()); age > f.Reach {
		return fmt.Errorf("%w: %s %s keeps a game for %d days: nothing before %s can be had; begin later, or name another source",
			mlb.ErrInvalid, a.Name, f.Name, int(f.Reach/(24*time.Hour)), nextDay(mlb.DateOf(c.cfg.Now().Add(-f.Reach).UTC())))
	}
	if a.NeedsKey() && !past.Keys[a.Name].IsSet() {
		return fmt.Errorf("%w: %s %s needs a key and none is set: set one, or name another source", mlb.ErrInvalid, a.Name, f.Name)
	}
	return nil
}

// inARow is after how many failures in a row a source is not asked any more.
const inARow = 3

// backfill is a run on its way.
type backfill struct {
	*Collector
	past    Past
	want    Wanted
	tell    func(Progress)
	r       *Refilled
	failing map[string]int // by source, in a row
}

// day asks a feed for all it has of a day.
func (b *backfill) day(ctx context.Context, f pastFeed, day mlb.Date) error {
	known, err := b.cfg.DB.GamesOn(ctx, day)
	if err != nil {
		return err
	}
	games, err := b.played(ctx, known)
	if err != nil {
		return err
	}
	had, err := b.cfg.DB.Backfills(ctx, day)
	if err != nil {
		return err
	}
	names, err := b.listed(ctx, f.adapter.Name, known)
	if err != nil {
		return err
	}
	listed := map[mlb.GameID]source.Listed{}
	for i, g := range known {
		listed[g.ID] = names[i]
	}
	for _, it := range itemsOf(f.feed, games) {
		if b.r.More = b.r.More || !b.want.Until.IsZero() && !b.cfg.Now().Before(b.want.Until); b.r.More {
			return nil
		}
		p := Progress{Backfilled: store.Backfilled{Source: f.adapter.Name, Feed: f.feed.Name, Date: day, Item: it.key, Game: it.game.ID}}
		p.Skipped = b.skip(f, it, games, had)
		if err := b.ask(ctx, f, it, listed[it.game.ID], &p); err != nil {
			return err
		}
		b.tell(p)
	}
	return nil
}

// skip says why an item is not asked for; "" where it is.
func (b *backfill) skip(f pastFeed, it item, games []cadence.Game, had []store.Backfilled) string {
	switch {
	case it.at.After(b.cfg.Now()):
		return "still to come"
	case b.failing[f.adapter.Name] >= inARow:
		return fmt.Sprintf("%s failed %d times in a row", f.adapter.Name, inARow)
	case b.want.Resume && slices.ContainsFunc(had, func(x store.Backfilled) bool {
		return x.Source == f.adapter.Name && x.Feed == f.feed.Name && x.Item == it.key && it.whole(f.feed, games, x.AskedAt)
	}):
		return "had before"
	}
	return ""
}

// whole tells that what was had of an item was all there would ever be: prices
// up to the start, results of games that are over.
func (it item) whole(f source.Feed, games []cadence.Game, askedAt time.Time) bool {
	if f.Odds != nil {
		return it.game.ID == 0 || !askedAt.Before(mlb.CutoffOf(it.game.FirstPitch, it.game.Start).At)
	}
	return !slices.ContainsFunc(games, func(g cadence.Game) bool {
		open := g.Status == mlb.Scheduled || g.Status == mlb.InProgress
		return open && (it.game.ID == 0 || it.game.ID == g.ID)
	})
}

// ask asks for one item, unless it is skipped, and writes down what came of it.
func (b *backfill) ask(ctx context.Context, f pastFeed, it item, listed source.Listed, p *Progress) error {
	if p.Skipped != "" {
		b.r.Skipped++
		return nil
	}
	ask := source.Ask{Date: p.Date, At: it.at, Key: b.past.Keys[p.Source]}
	if it.game.ID != 0 {
		ask.Games = []source.Listed{listed}
	}
	requests, err := f.adapter.Requests(f.feed.Name, ask)
	if err != nil {
		return err
	}
	if len(requests) == 0 {
		p.Skipped = "the source has not named this game yet"
		b.r.Skipped++
		return nil
	}
	var run store.Run
	err = b.fetchAll(ctx, f.feed, requests, p, &run)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.r.Asked++
	p.AskedAt, p.Counts = b.cfg.Now(), run.Counts
	b.r.Stored += run.Counts.Stored
	if err != nil {
		p.Cause, p.Detail = causeName(err), err.Error()
		b.r.Failed++
		b.failing[p.Source]++
	} else {
		b.r.Had++
		b.failing[p.Source] = 0
	}
	return b.cfg.DB.NoteBackfill(ctx, p.Backfilled)
}

func (b *backfill) fetchAll(ctx context.Context, feed source.Feed, requests []source.Request, p *Progress, run *store.Run) error {
	for _, r := range requests {
		doc, err := b.fetch(ctx, r, p)
		if err != nil {
			return err
		}
		// No target: nobody else looks at this.
		if _, err := b.ingest(ctx, feed, &store.Target{Source: p.Source, Feed: p.Feed, Date: p.Date, Game: p.Game}, run, doc); err != nil {
			return err
		}
	}
	return nil
}

// fetch asks, where it costs credits within what the plan has left over.
func (b *backfill) fetch(ctx context.Context, r source.Request, p *Progress) (source.Doc, error) {
	if r.Credits == 0 {
		return b.cfg.Client.Fetch(ctx, r)
	}
	w, ok := b.paid(r.Source)
	if !ok {
		return source.Doc{}, fmt.Errorf("%w: %s costs credits and no plan of it is set up", mlb.ErrInvalid, r.Source)
	}
	id := fmt.Sprintf("%s backfill %s %s", b.cfg.Worker, p.Date, p.Item)
	var refused error
	err := b.govern(ctx, w, func(g *quota.Governor) {
		now, purpose := b.cfg.Now(), quota.Purpose{Kind: quota.Backfill}
		if ok, why := g.May(now, r.Credits, purpose); !ok {
			refused = &refusal{why}
			return
		}
		g.Begin(now, id, r.Credits, purpose)
	})
	if err := errors.Join(err, refused); err != nil {
		return source.Doc{}, err
	}
	doc, err := b.cfg.Client.Fetch(ctx, r)
	noted := b.govern(context.WithoutCancel(ctx), w, func(g *quota.Governor) { settlePaid(g, b.cfg.Now(), id, err, doc.Credits) })
	return doc, errors.Join(err, noted)
}

// paid is the watch that holds a source's plan.
func (c *Collector) paid(name string) (Watch, bool) {
	for _, w := range c.cfg.Watches {
		if w.Adapter.Name == name && w.Paid != nil {
			return w, true
		}
	}
	return Watch{}, false
}
