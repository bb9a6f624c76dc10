package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/pg"
)

// configFile is the file of settings in the data folder.
const configFile = "config.yaml"

// config is what the file may set.
type config struct {
	// Commission is the share of net winnings an exchange keeps, by brand.
	Commission map[string]float64 `yaml:"commission"`
	// Sources is how sources are asked, by name.
	Sources map[string]app.SourceSettings `yaml:"sources"`
}

// readConfig reads the settings; without a file they are empty.
func readConfig(file string) (config, error) {
	var c config
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read settings: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("%w: %s: %w", mlb.ErrInvalid, file, err)
	}
	return c, c.check(file)
}

func (c config) check(file string) error {
	books, err := mlb.Books()
	if err != nil {
		return err
	}
	for brand, share := range c.Commission {
		known := slices.ContainsFunc(books, func(b mlb.Book) bool { return b.Brand.Slug == brand && b.Brand.Kind == mlb.KindExchange })
		if !known {
			return fmt.Errorf("%w: %s: commission of %q: no such exchange in the directory", mlb.ErrInvalid, file, brand)
		}
		if !(share >= 0 && share < 1) { // which refuses .nan too
			return fmt.Errorf("%w: %s: commission of %s is %v: want a fraction of net winnings, such as 0.02", mlb.ErrInvalid, file, brand, share)
		}
	}
	if err := app.CheckSources(c.Sources); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// configExample shows everything that the file may set.
const configExample = `commission:      # share of net winnings an exchange keeps; without it its prices are refused
  novig: 0.0
  kalshi: 0.02
sources:
  oddsapi:       # what the paid plan allows a month, and what is wanted of it, what matters most first
    credits: 20000
    reset_day: 1
    regions: [us, eu, us2]
    markets: [h2h, totals, spreads]
  actionnetwork:
    books: [15, 30, 68, 69, 71, 75, 79, 123, 2988]
    cadence:     # of a feed: intervals from so long before the start, during games, captures pinned before the start
      scoreboard:
        phases: [{lead: 12h, every: 1h}, {lead: 3h, every: 5m}, {lead: 1h, every: 1m}]
        live: 0s
        pinned: [5m, 0s]
        min: 30s`

// setting is one setting in force and where it comes from.
type setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

func (e *env) settings() ([]setting, error) {
	dir, origin, err := e.folder()
	if err != nil {
		return nil, err
	}
	all := []setting{{"data_dir", dir, origin}}
	if address := os.Getenv("DATABASE_URL"); address != "" {
		all = append(all, setting{"database", withoutSecret(address), "DATABASE_URL"})
	} else {
		all = append(all, setting{"database", "private cluster in " + filepath.Join(dir, "postgres"), "default"})
	}
	if level := os.Getenv("MLB_LOG"); level != "" {
		all = append(all, setting{"log", level, "MLB_LOG"})
	} else {
		all = append(all, setting{"log", "warn", "default"})
	}
	r, err := redisSetting()
	if err != nil {
		return nil, err
	}
	all = append(all, r)
	c, err := readConfig(filepath.Join(dir, configFile))
	if err != nil {
		return nil, err
	}
	for _, brand := range slices.Sorted(maps.Keys(c.Commission)) {
		all = append(all, setting{"commission." + brand, fmt.Sprint(c.Commission[brand]), filepath.Join(dir, configFile)})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		text, err := yaml.MarshalWithOptions(c.Sources[name], yaml.Flow(true))
		if err != nil {
			return nil, err
		}
		all = append(all, setting{"sources." + name, strings.TrimSpace(string(text)), filepath.Join(dir, configFile)})
	}
	keys, err := readKeys()
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		all = append(all, setting{"key." + k.source, k.secret.String(), k.origin})
	}
	return all, nil
}

// withoutSecret is where a database is, without how to log in.
func withoutSecret(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "a keyword string (not shown)"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// folder is the data folder and what chose it.
func (e *env) folder() (dir, origin string, err error) {
	switch env := os.Getenv("MLB_DATA_DIR"); {
	case e.dataDir != "":
		dir, origin = e.dataDir, "--data-dir"
	case env != "":
		dir, origin = env, "MLB_DATA_DIR"
	default:
		dir, err = pg.DefaultDataDir()
		return dir, "default", err
	}
	dir, err = filepath.Abs(dir)
	return dir, origin, err
}

func (e *env) configCommand() *cobra.Command {
	return group(&cobra.Command{Use: "config", Short: "Show the settings in force"}, &cobra.Command{
		Use: "show", Short: "Print every setting and where it comes from; never a secret", Args: cobra.NoArgs,
		Long: "Prints every setting and where it comes from. Settings come from flags, the environment\n" +
			"(DATABASE_URL, MLB_DATA_DIR, MLB_LOG, ODDS_API_KEY and REDIS_URL or the files that ODDS_API_KEY_FILE\n" +
			"and REDIS_URL_FILE name) and config.yaml in the data folder, shown below.\n\n" +
			"With REDIS_URL the processes on one database tell each other through Redis what they commit, and\n" +
			"share the board and the rates of sources. Without it, or while Redis is down, they tell each other\n" +
			"through PostgreSQL's LISTEN and NOTIFY, and failing that compare marks four times a second. LISTEN\n" +
			"does not work through a pooler of transactions: behind one only Redis and comparing marks remain.\n\n" +
			configExample,
		RunE: func(*cobra.Command, []string) error {
			all, err := e.settings()
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(all)
			}
			t := e.table("SETTING", "VALUE", "FROM")
			for _, s := range all {
				t.row(s.Name, s.Value, s.Origin)
			}
			return t.print()
		},
	}, e.sourcesCommand())
}

var errNoSource = errors.New("no source is turned on: `mlb-betting collect sources` lists them, `mlb-betting collect acknowledge SOURCE --read-on DATE` turns one on")

// sourcesCommand lists the sources; with --quiet its exit code alone answers.
func (e *env) sourcesCommand() *cobra.Command {
	var quiet bool
	c := &cobra.Command{
		Use: "sources", Short: "List the sources of odds that are turned on; exit 1 where there is none", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			names, err := e.activeSources(cmd)
			switch {
			case err != nil:
				return err
			case len(names) == 0 && quiet:
				return errSilent
			case len(names) == 0:
				return errNoSource
			case e.json:
				return e.printJSON(names)
			case !quiet:
				fmt.Fprintln(e.out, strings.Join(names, "\n"))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&quiet, "quiet", false, "print nothing; exit 0 where a source is turned on, 3 where none is")
	return c
}

// activeSources does not make a database only to find it empty.
func (e *env) activeSources(cmd *cobra.Command) (names []string, err error) {
	dir, _, err := e.folder()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil && os.Getenv("DATABASE_URL") == "" {
		return nil, nil // no database, no source
	}
	a, err := e.connect(cmd.Context())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	status, err := a.DB.MigrationStatus(cmd.Context())
	if err != nil || status.Current == 0 {
		return nil, err
	}
	return a.DB.ActiveSources(cmd.Context())
}
