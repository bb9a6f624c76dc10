package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// actionNetwork is the source the directory of books is numbered by.
const actionNetwork = "actionnetwork"

func (e *env) databaseCommand() *cobra.Command {
	return group(&cobra.Command{Use: "database", Short: "Set up and look after the database"}, e.setupCommand(),
		&cobra.Command{
			Use: "migrate", Short: "Bring the schema up to this program's version", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return e.setup(cmd, false) },
		},
		&cobra.Command{
			Use: "status", Short: "Show schema version, partitions, directory and row counts", Args: cobra.NoArgs,
			RunE: e.databaseStatus,
		},
	)
}

func (e *env) setupCommand() *cobra.Command {
	var production, acknowledge bool
	c := &cobra.Command{
		Use: "setup-action-network", Short: "Make schema, partitions and the directory of teams and books", Args: cobra.NoArgs,
		Long: "Makes or upgrades the schema, the monthly partitions and the directory of the 30 teams and\n" +
			"every book and licence. Running it again changes nothing. The source itself, which is\n" +
			"unofficial, stays off until --acknowledge-unofficial says that its terms have been read.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if production {
				if err := e.checkProduction(); err != nil {
					return err
				}
			}
			return e.setup(cmd, acknowledge)
		},
	}
	c.Flags().BoolVar(&production, "production", false, "require DATABASE_URL with verified TLS, refuse demo data")
	c.Flags().BoolVar(&acknowledge, "acknowledge-unofficial", false, "turn the source on: it is unofficial, and its terms have been read")
	return c
}

func (e *env) checkProduction() error {
	address := os.Getenv("DATABASE_URL")
	switch {
	case e.demo:
		return fmt.Errorf("--demo and --production exclude each other: %w", errUsage)
	case address == "":
		return fmt.Errorf("%w: --production needs DATABASE_URL, such as postgres://USER@HOST/DATABASE?sslmode=verify-full", mlb.ErrInvalid)
	default:
		return store.VerifiedTLS(address)
	}
}

// setupJSON is what a set-up did, as --json prints it.
type setupJSON struct {
	app.Setup
	SourceOn  bool `json:"source_on"`
	Synthetic bool `json:"synthetic"`
}

func (e *env) setup(cmd *cobra.Command, acknowledge bool) (err error) {
	ctx := cmd.Context()
	a, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	s, err := a.Setup(ctx, e.demo, e.now())
	if err != nil {
		return err
	}
	if acknowledge {
		if err := a.DB.AcknowledgeSource(ctx, actionNetwork, e.now()); err != nil {
			return err
		}
	}
	active, err := a.DB.ActiveSources(ctx)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(setupJSON{s, len(active) > 0, e.demo})
	}
	e.line("%d migrations run, %d partitions made, schema at version %d", s.Migrations, s.Partitions, s.Version)
	e.line("%d teams, %d brands, %d books, %d sources, %d team and %d book aliases", s.Directory.Teams, s.Directory.Brands,
		s.Directory.Books, s.Directory.Sources, s.Directory.TeamAliases, s.Directory.BookAliases)
	if len(active) == 0 {
		e.line("The source is off. It is unofficial: read its terms, then run this again with --acknowledge-unofficial.")
	}
	return nil
}

// statusJSON is the database's state as --json prints it.
type statusJSON struct {
	store.MigrationStatus
	store.Status
	Partitions []string        `json:"partitions"`
	Directory  store.Directory `json:"directory"`
	Sources    []string        `json:"sources_on"`
}

func (e *env) databaseStatus(cmd *cobra.Command, _ []string) error {
	return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
		s, err := readStatus(ctx, a.DB)
		if err != nil {
			return err
		}
		if e.json {
			return e.printJSON(s)
		}
		t := e.table("WHAT", "IS")
		t.row("schema", fmt.Sprintf("version %d of %d", s.Current, s.Target))
		t.row("partitions", fmt.Sprint(s.Partitions))
		t.row("documents", fmt.Sprintf("%d, %d of them unfinished", s.Documents, s.Unfinished))
		t.row("games", fmt.Sprintf("%d, %d of them provisional", s.Games, s.Provisional))
		t.row("ticks", fmt.Sprintf("%d on %d lines; the newest %s", s.Ticks, s.Lines, orNone(s.Newest)))
		t.row("quarantined", fmt.Sprint(s.Quarantined))
		t.row("directory", fmt.Sprintf("%d teams, %d brands, %d books", s.Directory.Teams, s.Directory.Brands, s.Directory.Books))
		t.row("sources on", fmt.Sprint(s.Sources))
		return t.print()
	})
}

func readStatus(ctx context.Context, db *store.DB) (s statusJSON, err error) {
	if s.MigrationStatus, err = db.MigrationStatus(ctx); err != nil {
		return s, err
	}
	if s.Status, err = db.Status(ctx); err != nil {
		return s, err
	}
	if s.Partitions, err = db.Partitions(ctx); err != nil {
		return s, err
	}
	if s.Directory, err = db.Directory(ctx); err != nil {
		return s, err
	}
	s.Sources, err = db.ActiveSources(ctx)
	return s, err
}

func orNone(t time.Time) string {
	if t.IsZero() {
		return "does not exist"
	}
	return "is of " + t.Format("2006-01-02 15:04 UTC")
}
