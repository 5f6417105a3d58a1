package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
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
	opts := client.Options{TLS: secure, Trace: a.trace}
	c, err := client.Dial(ctx, a.address(), opts)
	var op *net.OpError
	switch {
	case err == nil:
		return c, a.logIn(ctx, c)
	case errors.As(err, &op) && op.Op == "dial":
		return nil, fmt.Errorf("no CSTA server at %s (is it running? cstactl sim starts one): %w", a.address(), err)
	}
	return nil, a.unlike(err)
}

// unlike names what the server speaks if err comes from its speaking something else
// than was expected.
func (a *app) unlike(err error) error {
	var certificate *tls.CertificateVerificationError
	if a.heard.Load() || errors.Is(err, context.Canceled) || errors.As(err, &certificate) {
		return err
	}
	secured := a.secure.wanted()
	switch protocol := spoken(context.Background(), a.address()); {
	case protocol == "TLS" && !secured:
		return fmt.Errorf("the server at %s speaks TLS: --tls is missing (%w)", a.address(), err)
	case protocol == "TLS":
		return err
	case protocol != "":
		return fmt.Errorf("the server at %s speaks %s, it is no CSTA server (%w)", a.address(), protocol, err)
	case secured:
		return fmt.Errorf("the server at %s does not speak TLS: leave --tls away? (%w)", a.address(), err)
	}
	return err
}

// passwordVariable and userVariable name who we are in the environment, where others do
// not see it, as they may see the arguments of a program.
const (
	userVariable     = "CSTA_USER"
	passwordVariable = "CSTA_PASSWORD"
)

// logIn says who we are, if that is known; the connection is closed if the server does
// not take it.
func (a *app) logIn(ctx context.Context, c *client.Client) error {
	l := a.login()
	if l.User == "" {
		return nil
	}
	err := c.LogIn(ctx, l)
	if err == nil {
		return nil
	}
	c.Close()
	var refused *client.LoginError
	if errors.As(err, &refused) {
		return fmt.Errorf("as %s: %w", l.User, err)
	}
	return a.unlike(err)
}

// login is who we are; the zero value: the server need not know.
func (a *app) login() client.Login {
	return client.Login{User: cmp.Or(a.user, os.Getenv(userVariable)), Password: cmp.Or(a.password, os.Getenv(passwordVariable))}
}

// timeFormat is that of all lines with a time.
const timeFormat = "15:04:05.000"

// trace notices that the server speaks CSTA, and shows its frames if that is wanted.
func (a *app) trace(f client.Frame) {
	if !f.Sent {
		a.heard.Store(true)
	}
	if !a.verbose {
		return
	}
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
		return a.failure(what, err)
	}
	return nil
}

// failure says what was refused, or what got no answer.
func (a *app) failure(what string, err error) error {
	var negative *ecma.Error
	if !errors.As(err, &negative) {
		err = a.unlike(err)
	}
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

// parseDevices reads several.
func parseDevices(texts []string) ([]ecma.DeviceID, error) {
	devices := make([]ecma.DeviceID, len(texts))
	for i, text := range texts {
		var err error
		if devices[i], err = parseDevice(text); err != nil {
			return nil, err
		}
	}
	return devices, nil
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
