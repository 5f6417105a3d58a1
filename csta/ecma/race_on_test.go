//go:build race

package ecma

const raceEnabled = true
