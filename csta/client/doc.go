// Package client is a CSTA client: it speaks CSTA Phase III as XML over TCP
// (ECMA-323 Annex J.2) with this project's server, or with any other.
//
// A Client is one connection. Services are requests with an answer:
//
//	c, err := client.Dial(ctx, "127.0.0.1:3000", client.Options{})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	m, err := c.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{})
//	...
//	call, err := c.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.Prompt)
//
// A negative answer is an *ecma.Error, to be found by errors.As, or compared by
// errors.Is:
//
//	if errors.Is(err, ecma.ErrInvalidCalledDeviceID) { ... }
//
// Whatever service has no method here is a message for Request, and what has no
// message is text for RawRequest. Events come by a channel:
//
//	for e := range c.Events() {
//		switch m := e.Message.(type) {
//		case *ecma.DeliveredEvent:
//			fmt.Println(m.AlertingDevice.Device.Number, "is ringing")
//		case *ecma.MonitorStop:
//			fmt.Println("the server ended monitor", m.MonitorCrossRefID)
//		}
//	}
//	return c.Err()
//
// A Session is an application session (ECMA-354), which outlives its connections: when one
// is lost it makes another, and its Events go on where they were.
//
// The server's heartbeat (System Status) is answered by the Client itself.
package client
