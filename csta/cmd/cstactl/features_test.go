package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFeaturesFromTheShell(t *testing.T) {
	d := newDesk(t)
	out, errs, end := d.watch("monitor", "1001")
	errs.await(t, "on 1001")

	assert.Equal(t, outcome{out: "off\n"}, d.run("dnd", "1001"))
	assert.Equal(t, outcome{}, d.run("dnd", "1001", "on"))
	assert.Equal(t, outcome{out: "on\n"}, d.run("dnd", "1001"))
	out.await(t, "DoNotDisturb")

	assert.Equal(t, outcome{}, d.run("forward", "1001", "noanswer", "1002", "--rings", "3"))
	out.await(t, "Forwarding")
	assert.Regexp(t, `(?m)^forwardNoAns +on  1002 after 3 rings$`, d.run("forward", "1001").out)
	assert.Equal(t, outcome{}, d.run("forward", "1001", "noanswer", "off"))
	assert.Regexp(t, `(?m)^forwardNoAns +off 1002 after 3 rings$`, d.run("forward", "1001").out)

	for wrong, args := range map[string]string{
		"neither on nor off":           "dnd 1001 perhaps",
		"none of immediate":            "forward 1001 sometimes 1002",
		"a kind of forwarding":         "forward 1001 busy",
		"invalidDeviceID":              "dnd 9999 on",
		"invalidForwardingDestination": "forward 1001 immediate 1001",
	} {
		got := d.run(strings.Fields(args)...)
		assert.NotEqual(t, exitOK, got.code, args)
		assert.Contains(t, got.err, wrong, args)
	}
	assert.Equal(t, exitOK, end(), errs)
}
