package collect

import (
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// originOf is what must be kept of a fetched document, so that its format can
// read it again.
func originOf(doc source.Doc) store.Origin {
	return store.Origin{Feed: doc.Feed, URL: doc.URL, FetchedAt: doc.FetchedAt}
}
