package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
)

// A click to dial: what the application sees of a call that it makes for its user,
// until it ends it.
func Example() {
	addr, stop := office()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if _, err := c.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{}); err != nil {
		fmt.Println(err)
		return
	}
	call, err := c.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt)
	if err != nil {
		fmt.Println(err)
		return
	}
	for e := range c.Events() {
		switch m := e.Message.(type) {
		case *ecma.DeliveredEvent:
			fmt.Println(m.AlertingDevice.Device.Number, "is ringing")
		case *ecma.EstablishedEvent:
			fmt.Println(m.AnsweringDevice.Device.Number, "has answered")
			if err := c.ClearConnection(ctx, call); err != nil {
				fmt.Println(err)
				return
			}
		case *ecma.ConnectionClearedEvent:
			fmt.Println(m.DroppedConnection.Device.Number, "has left")
			if m.DroppedConnection.Device.Number == "1000" {
				return
			}
		}
	}
	// Output:
	// 1001 is ringing
	// 1001 has answered
	// 1000 has left
}

// A wallboard: which device is in which state, by a monitor on each.
func ExampleEvent_LocalState() {
	addr, stop := office()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	devices := map[string]string{}
	for _, number := range []string{"1000", "1001"} {
		m, err := c.MonitorStart(ctx, ecma.Subscriber(number), ecma.MonitorFilter{})
		if err != nil {
			fmt.Println(err)
			return
		}
		devices[m.MonitorCrossRefID] = number
	}
	if _, err := c.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt); err != nil {
		fmt.Println(err)
		return
	}
	for e := range c.Events() {
		if devices[e.Monitor()] != "1001" {
			continue
		}
		fmt.Println(devices[e.Monitor()], e.LocalState())
		if e.LocalState() == ecma.StateConnected {
			return
		}
	}
	// Output:
	// 1001 alerting
	// 1001 connected
}

// A negative answer is an error value of ECMA-269.
func ExampleClient_MakeCall_refused() {
	addr, stop := office()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	_, err = c.MakeCall(ctx, ecma.Subscriber("4711"), ecma.Subscriber("1001"), ecma.Prompt)
	var refusal *ecma.Error
	fmt.Println(errors.Is(err, ecma.ErrInvalidCallingDeviceID), errors.As(err, &refusal))
	// Output:
	// true true
}

// A service that has no method is a message.
func ExampleClient_Request() {
	addr, stop := office()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	answer, err := c.Request(ctx, &ecma.GetDoNotDisturb{Device: ecma.Subscriber("1000")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Element(), answer.(*ecma.GetDoNotDisturbResponse).DoNotDisturbOn)
	// Output:
	// GetDoNotDisturbResponse false
}

// An application session that outlives its connection: what was missed comes, once and in
// order. Only if the server could not keep it all, what there is has to be asked for.
func ExampleOpenSession() {
	addr, stop := office()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	s, err := client.OpenSession(ctx, addr, client.SessionOptions{Login: client.Login{User: "dialler", Password: "secret"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(ctx)
	if _, err := s.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{}); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := s.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt); err != nil {
		fmt.Println(err)
		return
	}
	for e := range s.Events() {
		switch m := e.Message.(type) {
		case nil:
			if r := e.Resumption; r != nil && !r.Complete {
				fmt.Println("look at the calls anew")
			}
		case *ecma.EstablishedEvent:
			fmt.Println(m.AnsweringDevice.Device.Number, "has answered")
			return
		}
	}
	fmt.Println(s.Err())
	// Output:
	// 1001 has answered
}

// office is a server on a simulated switch, whose phones 1000 and 1001 answer by
// themselves; stop ends it.
func office() (addr string, stop func()) {
	answers, err := sim.ParseBehaviour("answer:10ms")
	if err != nil {
		panic(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := sim.DefaultOptions()
	sw := sim.New(o)
	sw.Phone("1001").SetBehaviour(answers)
	e := engine.New(engine.Options{DefaultDomain: o.Domain}, sw, log)
	sw.Attach(e)
	e.Start()
	s := server.New(e, server.Options{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, log)
	if err := s.Start(); err != nil {
		panic(err)
	}
	return s.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Stop(ctx)
		_ = e.Stop(ctx)
	}
}
