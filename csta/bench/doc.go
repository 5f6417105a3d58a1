//go:build linux

// Command bench measures the module inside a FreeSWITCH beside mod_event_socket:
// one private switch, one machine, one run, one clock. A CSTA client that
// monitors the devices and an event-socket client that subscribes the same facts
// are told of the same calls, and what each costs the switch is read from the
// switch's process.
//
// It writes a table and a picture into the directory of -out. With -short it
// takes two to three minutes.
package main
