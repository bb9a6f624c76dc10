package collect

import (
	"errors"
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// tally adds what became of an answer's rows to a run.
func tally(run *store.Run, r ingest.Report) {
	run.GamesGot = max(run.GamesGot, r.Games)
	run.Counts.Stored += r.Stored
	run.Counts.Duplicate += r.Duplicate
	run.Counts.Quarantined += r.Quarantined
}

// judge says what came of a look.
func (c *Collector) judge(t *store.Target, run *store.Run, err error) {
	if err != nil {
		t.Failures++
		run.Outcome = store.RunFailed
		note(run, findingOf(err))
		return
	}
	t.Failures = 0
	switch {
	case faulty(run):
		run.Outcome = store.RunPartial
	case run.Outcome == "" && run.Counts.Stored > 0:
		run.Outcome = store.RunStored
	case run.Outcome == "":
		run.Outcome = store.RunUnchanged
	}
}

// faulty tells whether anything is wrong beside what happened in the world.
func faulty(run *store.Run) bool {
	return slices.ContainsFunc(Findings(run.Cause, run.Detail), func(f Finding) bool { return !causeOf(f.Cause).Event })
}

// findingOf names what is wrong, as the ledger and the metrics tell it.
func findingOf(err error) Finding {
	var bad *unusable
	if errors.As(err, &bad) {
		return bad.Finding
	}
	return Finding{causeName(err), err.Error()}
}

func causeName(err error) string {
	switch {
	case errors.As(err, new(*refusal)):
		return causeCredits
	case errors.As(err, new(*fetch.Error)):
		return fetch.Name(err)
	case errors.Is(err, store.ErrDiskFull):
		return CauseDatabaseFull
	case errors.Is(err, store.ErrReadOnly):
		return CauseDatabaseReadOnly
	case errors.Is(err, store.ErrLeaseLost):
		return CauseLeaseLost
	case errors.Is(err, mlb.ErrUnavailable):
		return CauseDatabaseAway
	case errors.Is(err, mlb.ErrInvalid):
		return CauseUnreadable
	case errors.Is(err, mlb.ErrNotFound):
		return CauseSettings
	default:
		return CauseOther
	}
}
