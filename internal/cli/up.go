package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
)

func (e *env) upCommand() *cobra.Command {
	return &cobra.Command{
		Use: "up", Short: "Run everything on this machine until interrupted", Args: cobra.NoArgs,
		Long: "Starts the database, brings it up to date, shows today's opportunities and stays up until\n" +
			"interrupted. With --demo it does so in a database of its own, on a simulated day that passes\n" +
			"a minute a second and is marked SYNTHETIC on every line; without, it never makes a\n" +
			"synthetic row.",
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
			if err := job(ctx, a); err != nil && ctx.Err() == nil { // interrupted is no failure
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

// mainJob lists the opportunities there are and says where to look next.
func (e *env) mainJob(ctx context.Context, a *app.App) error {
	active, err := a.DB.ActiveSources(ctx)
	if err != nil {
		return err
	}
	if len(active) == 0 {
		e.line("No source is turned on: prices come from `mlb-betting import odds` alone; `mlb-betting collect sources` lists the sources.")
	}
	if err := e.listToday(ctx, a); err != nil {
		return err
	}
	e.next()
	if len(active) == 0 {
		e.line("Ready. Press ctrl-C to stop.")
		return e.work(ctx, a)
	}
	e.line("Ready, collecting from %s: `%s collect status` says how it goes. Press ctrl-C to stop.", strings.Join(active, ", "), e.self())
	return e.work(ctx, a)
}

func (e *env) listToday(ctx context.Context, a *app.App) error {
	day, err := e.day(ctx, a, "")
	if err != nil {
		return err
	}
	return e.listOpportunities(ctx, a, day, false)
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
	// demoAsk is how often, by the demo's clock, opportunities are looked for.
	demoAsk = 5 * time.Minute
)

// demo lets a simulated day pass, printing what is found, and grades it at its
// end.
func (e *env) demoJob(ctx context.Context, a *app.App) error {
	d, err := a.NewDemo(ctx, e.now())
	if err != nil {
		return err
	}
	if err := e.untilFound(ctx, a, d); err != nil {
		return err
	}
	e.line("A simulated day, %s, taken in through the formats of the real sources: it is %s there.", d.Day(), d.Clock().Format("15:04 UTC"))
	if err := e.listToday(ctx, a); err != nil {
		return err
	}
	e.next()
	e.line("Ready. The day goes on, a minute a second; what is found is printed. Press ctrl-C to stop.")
	if err := e.passDay(ctx, a, d); err != nil || ctx.Err() != nil {
		return err
	}
	return e.stayUp(ctx, a)
}

// untilFound lets the day pass at once until there is something to show.
func (e *env) untilFound(ctx context.Context, a *app.App, d *app.Demo) error {
	for to := d.Near(); !d.Over(); to = d.Clock().Add(2 * demoAsk) {
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

func (e *env) passDay(ctx context.Context, a *app.App, d *app.Demo) error {
	printed, err := e.found(ctx, a, d, nil)
	if err != nil {
		return err
	}
	tick := time.NewTicker(demoTick)
	defer tick.Stop()
	asked := d.Clock()
	for !d.Over() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := d.Advance(ctx, d.Clock().Add(demoTick*demoSpeed-1), e.now()); err != nil {
			return err
		}
		if d.Clock().Sub(asked) < demoAsk {
			continue
		}
		asked = d.Clock()
		if printed, err = e.found(ctx, a, d, printed); err != nil {
			return err
		}
	}
	e.line("The day is over; what was found, graded:")
	return e.gradeDay(ctx, a, d.Day())
}

// found prints the opportunities that were not printed before; nil printed
// prints none, and only learns them.
func (e *env) found(ctx context.Context, a *app.App, d *app.Demo, printed map[string]bool) (map[string]bool, error) {
	quiet := printed == nil
	if quiet {
		printed = map[string]bool{}
	}
	det, list, err := e.detected(ctx, a, d.Day(), false)
	if err != nil {
		return printed, err
	}
	for _, o := range list {
		if printed[o.ID()] {
			continue
		}
		printed[o.ID()] = true
		if !quiet {
			if err := e.printOne(det, o); err != nil {
				return printed, err
			}
		}
	}
	return printed, nil
}
