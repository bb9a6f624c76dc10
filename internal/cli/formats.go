package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/pinnacle2016"
	"github.com/mlb-betting/mlb-betting/internal/source/results2026"
	"github.com/mlb-betting/mlb-betting/internal/source/retrosheet"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/sbro"
	"github.com/mlb-betting/mlb-betting/internal/source/splits2026"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
)

// told is what the command line says of a file that its bytes do not.
type told struct {
	file       string
	season     int       // 0: the year in the file's name
	games      string    // the list of games a change log refers to; "": beside it
	observedAt time.Time // zero: the time in the file's name, if it has one
}

// oddsFormats are the layouts `import odds` reads.
var oddsFormats = map[string]func(told) (source.OddsFormat, error){
	"actionnetwork": func(t told) (source.OddsFormat, error) { return actionnetwork.OddsFormatAt(t.seen()) },
	"boltodds":      func(told) (source.OddsFormat, error) { return boltodds.Format() },
	"oddsapi":       func(told) (source.OddsFormat, error) { return oddsapi.Format() },
	"pinnacle2016":  pinnacleFormat,
	"sbro":          func(t told) (source.OddsFormat, error) { return sbro.OddsForYear(t.year()) },
}

// resultFormats are the layouts `import results` reads.
var resultFormats = map[string]func(told) (source.ResultFormat, error){
	"boltodds":     func(told) (source.ResultFormat, error) { return boltodds.ResultFormat(), nil },
	"pinnacle2016": func(told) (source.ResultFormat, error) { return pinnacle2016.ResultFormat() },
	"results2026":  func(told) (source.ResultFormat, error) { return results2026.Format() },
	"retrosheet":   func(told) (source.ResultFormat, error) { return retrosheet.Format(), nil },
	"sbro":         func(t told) (source.ResultFormat, error) { return sbro.ResultsForYear(t.year()), nil },
	"statsapi":     func(told) (source.ResultFormat, error) { return statsapi.Format(), nil },
}

// splitFormats are the layouts `import splits` reads.
var splitFormats = map[string]func(told) (source.SplitFormat, error){
	"actionnetwork": func(told) (source.SplitFormat, error) { return actionnetwork.SplitFormat() },
	"sbd":           func(told) (source.SplitFormat, error) { return sbd.SplitFormat() },
	"splits2026":    func(told) (source.SplitFormat, error) { return splits2026.SplitFormat(), nil },
	"vsin":          func(told) (source.SplitFormat, error) { return vsin.SplitFormat() },
}

// withResults are the formats of odds whose file, or whose list of games, tells
// results too: an import of the odds takes them in as well.
var withResults = map[string]func(told) string{
	"sbro":         func(t told) string { return t.file },
	"pinnacle2016": told.gamesFile,
}

func pinnacleFormat(t told) (source.OddsFormat, error) {
	games, err := os.Open(t.gamesFile())
	if err != nil {
		return source.OddsFormat{}, fmt.Errorf("%w: the change log names its games by number alone: --games FILE tells where the list of them is: %w",
			mlb.ErrInvalid, err)
	}
	defer games.Close()
	return pinnacle2016.OddsFormat(games)
}

func (t told) gamesFile() string {
	if t.games != "" {
		return t.games
	}
	return filepath.Join(filepath.Dir(t.file), "games.csv")
}

func (t told) year() int {
	if t.season != 0 {
		return t.season
	}
	return sbro.YearIn(filepath.Base(t.file))
}

// stamp is how collectors write the moment of a capture into a file's name:
// "20260702T0332Z".
var stamp = regexp.MustCompile(`\d{8}T\d{4}(\d{2})?Z`)

// seen is when a document that does not tell was seen; zero where nothing says.
func (t told) seen() time.Time {
	if !t.observedAt.IsZero() {
		return t.observedAt
	}
	text := stamp.FindString(filepath.Base(t.file))
	for _, layout := range []string{"20060102T150405Z", "20060102T1504Z"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}
