package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

func (e *env) simulateCommand() *cobra.Command {
	var cfg simulator.Config
	var dir string
	c := &cobra.Command{
		Use: "simulate --season YEAR --seed N --out DIR", Short: "Write a simulated season as the real sources would serve it", Args: cobra.NoArgs,
		Long: "Makes a season of games and the betting market on it and writes what Action Network, The Odds\n" +
			"API and MLB's Stats API would have served, day by day, into an empty folder; what was planted\n" +
			"stands apart in truth/. The same season and seed give the same bytes. The files are taken in\n" +
			"with --demo, into the database of synthetic data, and nowhere else.",
		Example: "mlb-betting simulate --season 2026 --seed 7 --out season\n" +
			"mlb-betting --demo import odds --format actionnetwork season/actionnetwork/2026-04-01.jsonl.gz",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" || cfg.Season == 0 {
				return fmt.Errorf("want --season and --out: %w", errUsage)
			}
			sum, err := simulator.Write(cmd.Context(), dir, cfg)
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(sum)
			}
			fmt.Fprintf(e.out, "season %d, seed %d: %d games on %d days, %d ticks in %d files of %.0f MB, in %s  SYNTHETIC\n",
				sum.Season, sum.Seed, sum.Games, sum.Days, sum.Ticks, sum.Files, float64(sum.Bytes)/1e6, dir)
			return nil
		},
	}
	c.Flags().IntVar(&cfg.Season, "season", 0, "year, 2000 to 2099")
	c.Flags().Uint64Var(&cfg.Seed, "seed", 1, "another seed is another season")
	c.Flags().IntVar(&cfg.Days, "days", 0, "the first so many days only (0: all)")
	c.Flags().StringVar(&dir, "out", "", "an empty or new folder")
	return c
}
