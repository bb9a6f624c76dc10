package collect

import (
	"errors"
	"fmt"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Causes beside those of fetch.
const (
	causeBody         = "body"          // it cannot be read: the source has changed its shape, or sends something else
	causePartialSlate = "partial_slate" // fewer games than the schedule has
	causeDatabase     = "database"
	causeSettings     = "settings" // a key that is missing, a feed nobody watches here
)

// tally adds what became of an answer's rows to a run. Prices and splits of a
// game under way are set aside every time and no sign of anything.
func tally(run *store.Run, r ingest.Report) {
	run.GamesGot = max(run.GamesGot, r.Games)
	run.Counts.Stored += r.Stored
	run.Counts.Duplicate += r.Duplicate
	run.Counts.Quarantined += r.Quarantined
	most := int64(0)
	for why, n := range r.Reasons {
		if why != string(source.InPlay) && n > most {
			most = n
			run.Cause, run.Detail = why, fmt.Sprintf("%d of %d rows", n, r.Read)
		}
	}
}

// judge says what came of a look.
func (c *Collector) judge(t *store.Target, run *store.Run, err error) {
	if err != nil {
		t.Failures++
		run.Outcome, run.Cause, run.Detail = store.RunFailed, cause(err), err.Error()
		return
	}
	t.Failures = 0
	switch {
	case run.Cause != "":
		run.Outcome = store.RunPartial
	case run.Outcome == "" && run.Counts.Stored > 0:
		run.Outcome = store.RunStored
	case run.Outcome == "":
		run.Outcome = store.RunUnchanged
	}
	if run.Cause == "" && 2*run.GamesGot < run.GamesExpected && run.Outcome == store.RunStored {
		run.Outcome, run.Cause = store.RunPartial, causePartialSlate
		run.Detail = fmt.Sprintf("%d of %d games", run.GamesGot, run.GamesExpected)
	}
}

// cause names what is wrong, as the ledger and the metrics tell it.
func cause(err error) string {
	var asked *fetch.Error
	switch {
	case errors.As(err, &asked):
		return fetch.Name(err)
	case errors.Is(err, mlb.ErrUnavailable):
		return causeDatabase
	case errors.Is(err, mlb.ErrInvalid):
		return causeBody
	case errors.Is(err, mlb.ErrNotFound):
		return causeSettings
	default:
		return "other"
	}
}
