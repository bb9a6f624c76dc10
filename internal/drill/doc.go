// Package drill holds drills: tests that run the built program's own processes
// against a simulated world and a real PostgreSQL, and end them as accidents
// do.
package drill
