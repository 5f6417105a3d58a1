// Package lifecycle tests the built module in a private FreeSWITCH: loading,
// unloading, refusing, threads and signals. It has no code of its own.
package lifecycle
