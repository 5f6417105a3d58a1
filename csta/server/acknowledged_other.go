//go:build !linux

package server

// acknowledged is how much of what was written to the connection the client has: that is not
// known here.
func (s *session) acknowledged() uint64 { return s.bytesOut.Load() }
