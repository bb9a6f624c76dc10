package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// validator is what a source tells about a body's version.
type validator uint8

const (
	noValidator validator = iota
	etag
	lastModified
)

// route is one kind of request a source answers.
type route struct {
	name    string
	pattern string        // of its path; {} stands for one segment
	every   time.Duration // how often its body is made anew
	render  func(*slates, question) (answer, error)
}

// question is a request as a route sees it.
type question struct {
	at     time.Time // a multiple of the route's period
	args   []string  // what stood for each {} of the pattern
	values url.Values
}

// answer is a body before any fault.
type answer struct {
	contentType string
	body        []byte
	cost        int // in credits
}

func jsonAnswer(body []byte) answer {
	return answer{contentType: "application/json; charset=utf-8", body: body}
}

// refusal is an answer that is not the data asked for.
type refusal struct {
	status  int
	code    string // The Odds API's
	message string
}

// Error is the message.
func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) error {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

// asRefusal is what a client is told of an error.
func asRefusal(err error) *refusal {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, mlb.ErrNotFound):
		return &refusal{http.StatusNotFound, "EVENT_NOT_FOUND", "Not found"}
	default:
		return &refusal{http.StatusInternalServerError, "", err.Error()}
	}
}

// words is the refusal in the source's own form.
func (r *refusal) words(s Source, at time.Time) answer {
	title := http.StatusText(r.status)
	switch s {
	case VSiN:
		return answer{contentType: "text/html; charset=UTF-8", body: fmt.Appendf(nil,
			"<!DOCTYPE html>\n<html><head><title>%d %s</title></head><body><h1>%s</h1><p>%s</p></body></html>\n", r.status, title, title, r.message)}
	case OddsAPI:
		return jsonAnswer(compact(map[string]any{
			"message": r.message, "error_code": r.code, "details_url": "https://the-odds-api.com/liveapi/guides/v4/api-error-codes.html",
		}))
	case StatsAPI:
		return jsonAnswer(compact(map[string]any{"messageNumber": r.status, "message": r.message, "timestamp": at.Format(time.RFC3339), "traceId": nil}))
	default:
		return jsonAnswer(compact(map[string]any{"statusCode": r.status, "error": title, "message": r.message}))
	}
}

// compact is JSON of what this package makes, which cannot fail: maps, lists,
// strings, numbers.
func compact(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}

// match tells whether a path is of a pattern, and what stood for each {}.
func match(pattern, path string) (args []string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i, w := range want {
		switch {
		case w == "{}":
			args = append(args, got[i])
		case w != got[i]:
			return nil, false
		}
	}
	return args, true
}

// server is what the world knows of one source.
type server struct {
	validator validator
	routes    []route
}

// find is the route of a path.
func (s server) find(path string) (r route, args []string, ok bool) {
	for _, r := range s.routes {
		if args, ok := match(r.pattern, path); ok {
			return r, args, true
		}
	}
	return route{}, nil, false
}

// The periods at which bodies are made anew.
const (
	everySecond = time.Second
	everyMinute = time.Minute
)

// serverOf is how a source answers.
func serverOf(s Source) server {
	switch s {
	case ActionNetwork:
		return server{etag, []route{
			{"scoreboard", "/web/v2/scoreboard/publicbetting/mlb", everySecond, scoreboard},
			{"history", "/web/v2/markets/event/{}/history", everySecond, history},
			{"books", "/web/v1/books", everySecond, books},
		}}
	case StatsAPI:
		return server{lastModified, []route{
			{"schedule", "/api/v1/schedule", everySecond, schedule},
			{"livefeed", "/api/v1.1/game/{}/feed/live", everySecond, liveFeed},
			{"linescore", "/api/v1/game/{}/linescore", everySecond, linescore},
			{"boxscore", "/api/v1/game/{}/boxscore", everySecond, boxscore},
			{"teams", "/api/v1/teams", everySecond, teams},
		}}
	case OddsAPI:
		return server{noValidator, []route{
			{"sports", "/v4/sports", everySecond, sports},
			{"odds", "/v4/sports/baseball_mlb/odds", everySecond, liveOdds},
			{"events", "/v4/sports/baseball_mlb/events", everySecond, liveEvents},
			{"event-odds", "/v4/sports/baseball_mlb/events/{}/odds", everySecond, liveEventOdds},
			{"historical-odds", "/v4/historical/sports/baseball_mlb/odds", everySecond, pastOdds},
			{"historical-events", "/v4/historical/sports/baseball_mlb/events", everySecond, pastEvents},
			{"historical-event-odds", "/v4/historical/sports/baseball_mlb/events/{}/odds", everySecond, pastEventOdds},
		}}
	case VSiN:
		return server{noValidator, []route{{"splits", "/mlb/betting-splits", everyMinute, vsinPage}}}
	case SBD:
		return server{etag, []route{{"splits", "/v2/matchups/mlb/betting-splits", everyMinute, sbdFeed}}}
	}
	return server{}
}
