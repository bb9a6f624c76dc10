package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
)

// The demo shows one day of one simulated season: one with much to see.
var (
	demoSeason = simulator.Config{Season: 2025, Seed: 1}
	demoDate   = mlb.Date{Year: 2025, Month: time.May, Day: 18}
)

// How often the demo looks at the simulated sources: seldom until the first
// game is near, then every minute, as a collector would.
const (
	demoSparse = 5 * time.Minute
	demoDense  = time.Minute
	demoBefore = 3 * time.Hour // begins this long before the first game
	demoNear   = time.Hour
)

// Demo is a simulated day that passes on a clock of its own. Everything it
// takes in goes the way of real data, through the wire formats of the real
// sources, into a database of synthetic data.
type Demo struct {
	app   *App
	day   *simulator.Day
	clock time.Time
	start time.Time // of the first game
}

// NewDemo prepares the demo's day. A demo that ran before goes on where it
// stood.
func (a *App) NewDemo(ctx context.Context, now time.Time) (*Demo, error) {
	season, err := simulator.New(demoSeason)
	if err != nil {
		return nil, err
	}
	day, err := season.Day(demoDate)
	if err != nil {
		return nil, err
	}
	d := &Demo{app: a, day: day}
	if err := d.schedule(ctx, day.Date().Time().Add(9*time.Hour), now); err != nil { // before any game of the day
		return nil, err
	}
	games, err := a.DB.GamesOn(ctx, day.Date())
	if err != nil {
		return nil, err
	}
	for _, g := range games {
		if d.start.IsZero() || g.Start.Before(d.start) {
			d.start = g.Start
		}
	}
	status, err := a.DB.Status(ctx)
	if err != nil {
		return nil, err
	}
	d.clock = d.start.Add(-demoBefore)
	if status.Newest.After(d.clock) {
		d.clock = status.Newest
	}
	return d, nil
}

// Day is the demo's day.
func (d *Demo) Day() mlb.Date { return d.day.Date() }

// Clock is how far the day has come.
func (d *Demo) Clock() time.Time { return d.clock }

// Near is the moment from which the sources are looked at every minute.
func (d *Demo) Near() time.Time { return d.start.Add(-demoNear) }

// Over tells whether the day has ended.
func (d *Demo) Over() bool { return !d.clock.Before(d.day.Ends()) }

// Advance lets the day pass to a moment, looking at the sources on the way.
func (d *Demo) Advance(ctx context.Context, to, now time.Time) error {
	for !d.clock.After(to) && !d.Over() {
		if err := d.look(ctx, now); err != nil {
			return err
		}
		step := demoDense
		if d.clock.Before(d.Near()) {
			step = demoSparse
		}
		d.clock = d.clock.Add(step)
	}
	if d.Over() {
		return d.results(ctx, now)
	}
	return nil
}

// look takes in what the simulated sources show now.
func (d *Demo) look(ctx context.Context, now time.Time) error {
	body := d.day.Scoreboard(d.clock)
	odds, err := actionnetwork.OddsFormatAt(d.clock)
	if err != nil {
		return err
	}
	odds.Synthetic = true
	packed, err := pack(body)
	if err != nil {
		return err
	}
	name := "simulated scoreboard of " + d.clock.Format("15:04 UTC")
	if _, err := ingest.Odds(ctx, d.app.DB, odds, name, bytes.NewReader(packed), options(now)); err != nil {
		return err
	}
	if d.clock.Sub(d.clock.Truncate(demoSparse)) >= demoDense {
		return nil
	}
	splits, err := actionnetwork.SplitFormat()
	if err != nil {
		return err
	}
	splits.Synthetic = true
	_, err = ingest.Splits(ctx, d.app.DB, splits, name, bytes.NewReader(packed), d.clock, options(now))
	return err
}

func (d *Demo) schedule(ctx context.Context, at, now time.Time) error {
	return d.result(ctx, "simulated schedule", d.day.Schedule(at), now)
}

// results takes in how every game of the day ended, by innings.
func (d *Demo) results(ctx context.Context, now time.Time) error {
	for _, pk := range d.day.Games() {
		body, err := d.day.LiveFeed(pk, d.day.Ends())
		if err != nil {
			return err
		}
		if err := d.result(ctx, fmt.Sprintf("simulated live feed of %d", pk), body, now); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) result(ctx context.Context, name string, body []byte, now time.Time) error {
	f := statsapi.Format()
	f.Synthetic = true
	_, err := ingest.Results(ctx, d.app.DB, f, name, bytes.NewReader(body), options(now))
	return err
}

func options(now time.Time) ingest.Options { return ingest.Options{Now: now, Wait: true} }

// pack compresses a body as a server would.
func pack(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
