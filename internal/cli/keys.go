package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// key is a source's secret and where it comes from.
type key struct {
	source string
	secret source.Secret
	origin string
}

// keyNames are the environment variables that hold a source's key. With _FILE
// behind it the variable names a file that holds it.
var keyNames = map[string]string{"oddsapi": "ODDS_API_KEY"}

// readKeys reads the keys that are set.
func readKeys() (all []key, err error) {
	for name, variable := range keyNames {
		text, origin := os.Getenv(variable), variable
		if file := os.Getenv(variable + "_FILE"); text == "" && file != "" {
			body, err := os.ReadFile(file) //nolint:gosec // the operator names the file
			if err != nil {
				return nil, fmt.Errorf("read the key of %s that %s_FILE names: %w", name, variable, err)
			}
			text, origin = string(body), file
		}
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if strings.ContainsAny(text, " \t\r\n") {
			return nil, fmt.Errorf("%w: the key of %s in %s holds a space or a second line: want the key alone", mlb.ErrInvalid, name, origin)
		}
		all = append(all, key{name, source.NewSecret(text), origin})
	}
	return all, nil
}
