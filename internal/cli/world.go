package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// worldFlags are how `world` is called.
type worldFlags struct {
	season        simulator.Config
	speed         float64
	start, listen string
	faults        []string
}

// options are the world that the flags ask for.
func (f *worldFlags) options() (o world.Options, err error) {
	o = world.Options{Season: f.season, Speed: f.speed, Listen: f.listen}
	if f.start != "" {
		if o.Start, err = time.Parse(time.RFC3339, f.start); err != nil {
			return o, fmt.Errorf("--start %q: want a moment such as 2026-04-04T14:00:00Z: %w", f.start, errUsage)
		}
	}
	for _, told := range f.faults {
		kind, source, _ := strings.Cut(told, "@")
		if !slices.ContainsFunc(world.Kinds(), func(k world.KindInfo) bool { return string(k.Kind) == kind }) {
			return o, fmt.Errorf("%w: --fault %q: no such fault: `mlb-betting world faults` lists them", mlb.ErrInvalid, kind)
		}
		o.Faults = append(o.Faults, world.Fault{Kind: world.Kind(kind), Source: world.Source(source)})
	}
	return o, nil
}

func (e *env) worldCommand() *cobra.Command {
	var f worldFlags
	c := &cobra.Command{
		Use: "world --season YEAR", Short: "Serve a simulated outside world on this machine until interrupted", Args: cobra.NoArgs, Hidden: true,
		Long: "Serves what the real sources would, in their own formats, from a simulated season on a clock of\n" +
			"its own, so that collection can be rehearsed: `collect --rehearse URL` asks it. Its control, the\n" +
			"first address printed, tells the clock and a journal of every answer, and sets faults.",
		Example: "mlb-betting world --season 2026 --seed 7 --start 2026-04-04T14:00:00Z --speed 240 --listen 127.0.0.1:9400\n" +
			"mlb-betting --demo collect --rehearse http://127.0.0.1:9400",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.season.Season == 0 {
				return fmt.Errorf("want --season: %w", errUsage)
			}
			o, err := f.options()
			if err != nil {
				return err
			}
			o.Real, o.Out, o.Log = e.now, e.out, e.log()
			return world.Run(cmd.Context(), o)
		},
	}
	c.Flags().IntVar(&f.season.Season, "season", 0, "year, 2000 to 2099")
	c.Flags().Uint64Var(&f.season.Seed, "seed", 1, "another seed is another season")
	c.Flags().Float64Var(&f.speed, "speed", 1, "virtual seconds a real second")
	c.Flags().StringVar(&f.start, "start", "", "the clock's first moment, RFC 3339 (default: ten in the morning of the first day)")
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "the control's address; the sources take the ports after it")
	c.Flags().StringArrayVar(&f.faults, "fault", nil, "a fault from the beginning, KIND or KIND@SOURCE; may be given again")
	c.AddCommand(e.worldFaultsCommand())
	return c
}

func (e *env) worldFaultsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "faults", Short: "List the faults that a world can have", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if e.json {
				return e.printJSON(world.Kinds())
			}
			t := e.table("FAULT", "WHAT HAPPENS", "PARAMETERS", "SOURCES")
			for _, k := range world.Kinds() {
				names := make([]string, len(k.Sources))
				for i, s := range k.Sources {
					names[i] = string(s)
				}
				t.row(string(k.Kind), k.Description, k.Parameters, strings.Join(names, " "))
			}
			return t.print()
		},
	}
}
