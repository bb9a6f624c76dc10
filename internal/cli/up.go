package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/source/simslate"
)

// demoSeed makes the demo's slate.
const demoSeed = 2026

func (e *env) upCommand() *cobra.Command {
	return &cobra.Command{
		Use: "up", Short: "Run everything on this machine until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			a, err := e.connect(ctx)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			if _, err := a.Setup(ctx, e.demo, e.now()); err != nil {
				return err
			}
			if e.demo {
				var slate bytes.Buffer
				if err := simslate.Write(&slate, demoSeed, e.now()); err != nil {
					return err
				}
				f, err := simslate.Format()
				if err != nil {
					return err
				}
				r, err := ingest.Odds(ctx, a.DB, f, "synthetic slate", bytes.NewReader(slate.Bytes()), ingest.Options{Now: e.now()})
				if err != nil {
					return err
				}
				fmt.Fprintf(e.out, "%d synthetic prices taken in, %d stored%s\n", r.Read, r.Stored, mark(true))
			}
			day, err := e.day("")
			if err != nil {
				return err
			}
			if err := e.listOpportunities(ctx, a, day, false); err != nil {
				return err
			}
			fmt.Fprintln(e.out, "Ready. Press ctrl-C to stop.")
			<-ctx.Done()
			return nil
		},
	}
}
