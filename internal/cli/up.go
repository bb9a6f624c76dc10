package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/live"
)

func (e *env) upCommand() *cobra.Command {
	return &cobra.Command{
		Use: "up", Short: "Run everything on this machine until interrupted", Args: cobra.NoArgs,
		Long: "Starts the database, brings it up to date, shows today's best prices and opportunities, goes on to\n" +
			"print what is found in whatever any process takes in, and stays up until interrupted. With --demo\n" +
			"it does so in a database of its own, on a simulated day that passes a minute a second and is\n" +
			"marked SYNTHETIC on every line; without, it never makes a synthetic row.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if e.json {
				return fmt.Errorf("up prints no JSON: ask `opportunities --json`: %w", errUsage)
			}
			ctx := cmd.Context()
			a, err := e.connect(ctx)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			if _, err := a.Setup(ctx, e.demo, e.now()); err != nil {
				return err
			}
			if err := e.readZone(ctx, a); err != nil {
				return err
			}
			job := e.mainJob
			if e.demo {
				job = e.demoJob
			}
			e.out = &oneWriter{w: e.out}
			err = e.linked(ctx, a, func(ctx context.Context, l *app.Link) error { return job(ctx, a, l) })
			if err != nil && ctx.Err() == nil { // interrupted is no failure
				return err
			}
			e.line("Stopped.")
			return nil
		},
	}
}

// stayUp returns when interrupted, or when the database has gone.
func (e *env) stayUp(ctx context.Context, a *app.App) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := a.DB.Ping(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// mainJob lists the opportunities there are, goes on to print what is found and
// collects where a source is turned on.
func (e *env) mainJob(ctx context.Context, a *app.App, l *app.Link) error {
	active, err := a.DB.ActiveSources(ctx)
	if err != nil {
		return err
	}
	if len(active) == 0 {
		e.line("No source is turned on: prices come from `mlb-betting import odds` alone; `mlb-betting collect sources` lists the sources.")
	}
	return e.withMarket(ctx, a, l, e.printOne, func(ctx context.Context, m *live.Market) error {
		if err := e.listNow(ctx, a, l, m); err != nil {
			return err
		}
		e.next()
		if len(active) == 0 {
			e.line("Ready. Press ctrl-C to stop.")
		} else {
			e.line("Ready, collecting from %s: `%s collect status` says how it goes. Press ctrl-C to stop.", strings.Join(active, ", "), e.self())
		}
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return e.work(ctx, a) })
		g.Go(func() error { return e.stayUp(ctx, a) })
		return g.Wait()
	})
}

// listNow prints the board and what the market says of it.
func (e *env) listNow(ctx context.Context, a *app.App, l *app.Link, m *live.Market) error {
	day, err := e.day(ctx, a, "")
	if err != nil {
		return err
	}
	if err := m.Await(ctx, 0); err != nil {
		return err
	}
	if err := e.listBoard(ctx, l, day); err != nil {
		return err
	}
	d := m.Detection()
	return e.printOpportunities(day, d, d.Taken)
}

func (e *env) next() {
	self := e.self()
	e.line("Next: `%s opportunities --all` says why the others were refused, `%s games` lists the games,", self, self)
	e.line("      `%s lines GAME` draws one game's history. Analysis only: no bets are placed.", self)
}

// The demo's clock: a minute of its day a second.
const (
	demoTick  = time.Second
	demoSpeed = 60
	// demoAsk is how often, by the demo's clock, opportunities are looked for
	// until there is one.
	demoAsk = 10 * time.Minute
)

// demo lets a simulated day pass, printing what is found, and grades it at its
// end.
func (e *env) demoJob(ctx context.Context, a *app.App, l *app.Link) error {
	d, err := a.NewDemo(ctx, e.now())
	if err != nil {
		return err
	}
	if err := e.untilFound(ctx, a, d); err != nil {
		return err
	}
	e.line("A simulated day, %s, taken in through the formats of the real sources: it is %s there.", d.Day(), d.Clock().Format("15:04 UTC"))
	return e.withMarket(ctx, a, l, e.printOne, func(ctx context.Context, m *live.Market) error {
		if err := e.listNow(ctx, a, l, m); err != nil {
			return err
		}
		e.next()
		e.line("Ready. The day goes on, a minute a second; what is found is printed. Press ctrl-C to stop.")
		if err := e.passDay(ctx, a, d, m); err != nil || ctx.Err() != nil {
			return err
		}
		return e.stayUp(ctx, a)
	})
}

// untilFound lets the day pass at once until there is something to show.
func (e *env) untilFound(ctx context.Context, a *app.App, d *app.Demo) error {
	for to := d.Near(); !d.Over(); to = d.Clock().Add(demoAsk) {
		if err := d.Advance(ctx, to, e.now()); err != nil {
			return err
		}
		_, list, err := e.detected(ctx, a, d.Day(), false)
		if err != nil || len(list) > 0 {
			return err
		}
	}
	return nil
}

// passDay lets the day pass to its end. The market hears of it and prints what is
// found.
func (e *env) passDay(ctx context.Context, a *app.App, d *app.Demo, m *live.Market) error {
	tick := time.NewTicker(demoTick)
	defer tick.Stop()
	for !d.Over() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := d.Advance(ctx, d.Clock().Add(demoTick*demoSpeed-1), e.now()); err != nil {
			return err
		}
	}
	mark, err := a.DB.Mark(ctx)
	if err != nil {
		return err
	}
	if err := m.Await(ctx, bus.Mark(mark)); err != nil {
		return err
	}
	e.line("The day is over; what was found, graded:")
	return e.gradeDay(ctx, a, d.Day())
}
