package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func (e *env) workerCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "worker", Short: "Collect and do jobs until interrupted; any number of workers share the work", Args: cobra.NoArgs,
		Long: "Looks at the sources that are turned on, as `collect` does, and does the jobs that must happen\n" +
			"once: the safety net under detection, settlement, upkeep, and what `--enqueue` asks for. Any\n" +
			"number of workers on any number of machines share one database; each can be started and\n" +
			"stopped at will. Interrupted, it takes nothing new and lets what runs come to its end.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.demo {
				return fmt.Errorf("%w: the demo needs no worker: leave out --demo", mlb.ErrConflict)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				active, err := a.DB.ActiveSources(ctx)
				if err != nil {
					return err
				}
				if len(active) == 0 {
					e.line("No source is turned on: jobs alone are done. `%s collect sources` lists the sources.", e.self())
				} else {
					e.line("Collecting from %s and doing jobs. Press ctrl-C to stop.", strings.Join(active, ", "))
				}
				err = e.linked(ctx, a, func(ctx context.Context, l *app.Link) error {
					return e.serving(ctx, address, func(ctx context.Context) error {
						return e.withMarket(ctx, a, l, nil, func(ctx context.Context, _ *live.Market) error { return e.work(ctx, a) })
					})
				})
				if err != nil && ctx.Err() == nil { // interrupted is no failure
					return err
				}
				e.line("Stopped.")
				return nil
			})
		},
	}
	c.Flags().StringVar(&address, "metrics", "", "serve metrics for Prometheus at this address, such as 127.0.0.1:9464")
	return c
}

// work collects and does jobs until ctx ends.
func (e *env) work(ctx context.Context, a *app.App) error {
	c, err := e.collector(a)
	if err != nil {
		return err
	}
	j, err := e.jobWorker(a, e.now())
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.Run(ctx) })
	g.Go(func() error { return j.Run(ctx) })
	return g.Wait()
}
