package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

// connect opens a connection to the server; the caller closes it.
func (a *app) connect(ctx context.Context) (*client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	secure, err := a.secure.config()
	if err != nil {
		return nil, err
	}
	opts := client.Options{TLS: secure}
	if a.verbose {
		opts.Trace = a.trace
	}
	c, err := client.Dial(ctx, a.server, opts)
	if err != nil {
		return nil, fmt.Errorf("no CSTA server at %s (is it running? cstactl sim starts one): %w", a.server, err)
	}
	return c, nil
}

// timeFormat is that of all lines with a time.
const timeFormat = "15:04:05.000"

func (a *app) trace(f client.Frame) {
	arrow := "<"
	if f.Sent {
		arrow = ">"
	}
	fmt.Fprintf(a.err, "%s %s %04d %s\n", f.At.Format(timeFormat), arrow, f.Invoke, f.Body)
}

// ask does one thing on a connection of its own, within the time for one
// answer. what names it in the error.
func (a *app) ask(ctx context.Context, what string, do func(context.Context, *client.Client) error) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if err := do(ctx, c); err != nil {
		return failure(what, err)
	}
	return nil
}

// failure says what was refused, or what got no answer.
func failure(what string, err error) error {
	var negative *ecma.Error
	switch {
	case errors.As(err, &negative):
		return fmt.Errorf("%s: the server refused: %w", what, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: the server did not answer in time: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// parseDevice reads a device as the help of cstactl explains.
func parseDevice(text string) (ecma.DeviceID, error) {
	kind, name, qualified := strings.Cut(text, ":")
	switch {
	case text == "":
		return ecma.DeviceID{}, errors.New("an empty device")
	case qualified && name == "":
		return ecma.DeviceID{}, fmt.Errorf("device %q has no name", text)
	case qualified && kind == "queue":
		return ecma.Queue(name), nil
	case qualified && kind == "trunk":
		return ecma.NetworkInterface(name), nil
	}
	return ecma.Subscriber(text), nil
}

// deviceName is the reverse of parseDevice.
func deviceName(d ecma.DeviceID) string {
	if d.Type == ecma.DeviceNumber {
		if name, ok := strings.CutPrefix(d.Number, ecma.QueuePrefix); ok {
			return "queue:" + name
		}
		if name, ok := strings.CutPrefix(d.Number, ecma.NetworkInterfacePrefix); ok {
			return "trunk:" + name
		}
	}
	return d.Number
}
