package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/source/simslate"
)

// demoSeed makes the demo's slate.
const demoSeed = 2026

func (e *env) upCommand() *cobra.Command {
	return &cobra.Command{
		Use: "up", Short: "Run everything on this machine until interrupted", Args: cobra.NoArgs,
		Long: "Starts the database, brings it up to date, shows today's opportunities and stays up until\n" +
			"interrupted. With --demo it does so in a database of its own, on a small simulated slate\n" +
			"that is marked SYNTHETIC on every line; without, it never makes a synthetic row.",
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
			if err := e.mainJob(ctx, a); err != nil {
				return err
			}
			if err := e.stayUp(ctx, a); err != nil {
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

// mainJob takes in what there is, lists the opportunities and says where to
// look next.
func (e *env) mainJob(ctx context.Context, a *app.App) error {
	self := e.self()
	if e.demo {
		if err := e.importSlate(ctx, a); err != nil {
			return err
		}
	} else {
		active, err := a.DB.ActiveSources(ctx)
		if err != nil {
			return err
		}
		if len(active) == 0 {
			e.line("No source is turned on: prices come from `mlb-betting import odds` alone.")
		}
	}
	day, err := e.day(ctx, a, "")
	if err != nil {
		return err
	}
	if err := e.listOpportunities(ctx, a, day, false); err != nil {
		return err
	}
	e.line("Next: `%s opportunities --all` says why the others were refused, `%s games` lists the games,", self, self)
	e.line("      `%s lines GAME` draws one game's history. Analysis only: no bets are placed.", self)
	e.line("Ready. Press ctrl-C to stop.")
	return nil
}

func (e *env) importSlate(ctx context.Context, a *app.App) error {
	var slate bytes.Buffer
	if err := simslate.Write(&slate, demoSeed, e.now()); err != nil {
		return err
	}
	f, err := simslate.Format()
	if err != nil {
		return err
	}
	r, err := ingest.Odds(ctx, a.DB, f, "simulated slate", bytes.NewReader(slate.Bytes()), ingest.Options{Now: e.now()})
	if err != nil {
		return fmt.Errorf("simulated slate: %w", err)
	}
	e.line("%d simulated prices of %d games: %d stored, %d unchanged", r.Read, r.Games, r.Stored, r.Duplicate)
	return nil
}
