// Package simulator makes a season of baseball and the betting market on it,
// and speaks the wire formats of Action Network, The Odds API and MLB's Stats
// API, so that the real parsers, importers and servers can be rehearsed on it.
//
// The design, from truth to bytes:
//
//   - A Season is a calendar: series of thirty clubs over 186 days, rain that
//     postpones a game into a doubleheader (same gamePk, new day), suspends it
//     to the next day or ends it early, actual first pitches, the line scores.
//     All of it is drawn when the season is made, which takes a moment.
//   - A listing of a game on a day is an event. What is known of it is a point
//     (x, y): the log of both sides' expected runs. Shocks move the point:
//     steam (bets of those who know), drift against the public, lineups,
//     scratched pitchers, weather, and a slow diffusion. The score is drawn
//     from package runs at the last point, so closing prices are calibrated.
//   - A book sees each shock when it arrives there: steam at one originator,
//     then at the other sharp books, then at the followers; news everywhere in
//     any order. Its price is its view plus its own noise, a shade toward the
//     public and its margin, rounded to its grid. A brand on another's feed
//     copies it seconds later. Some prices are mistakes: stale or mistyped.
//   - Every line is priced from the same model; around the last point its
//     log-odds are taken as linear in (x, y), which is exact at the close.
//   - A Day makes the prices of one day's events when asked for, the same
//     whichever days were made before: every event has generators of its own,
//     seeded by the season's seed, what they are for, and the event's number.
//   - Bodies are made for a moment: they show what was public then.
//
// The ground truth (Truth) says what was planted. It is for tests: production
// code may not read it, and Write keeps its files in a folder of their own.
//
// The same configuration gives the same bytes whatever GOMAXPROCS, on one
// architecture (the last bit of math.Exp differs between some). Every gamePk
// and event number is at least source.SimulatedFrom, every id of The Odds API
// begins with source.SimulatedPrefix.
package simulator
